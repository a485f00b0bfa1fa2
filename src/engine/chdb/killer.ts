/** Ends statements inside the engine, from a session of its own. */
import type { Session } from 'chdb';
import type { Logger } from '../../telemetry/logger.ts';
import { stringLiteral } from '../string-literal.ts';
import type { Lane } from './lane.ts';

const INTERVAL_MS = 50;

/** The comment at the head of a statement by which it is found again. */
export function marked(marker: string, sql: string): string {
  return `/* ${marker} */ ${sql}`;
}

/**
 * Repeats KILL until the statement has settled: one kill may come before the engine has listed the
 * statement, or between two stages of it.
 */
export class Killer {
  private readonly control: Lane<Session>;
  private readonly logger: Logger;
  private readonly markers = new Set<string>();
  private working = false;
  private stopped = false;

  constructor(control: Lane<Session>, logger: Logger) {
    this.control = control;
    this.logger = logger;
  }

  /** Kills the statement again and again until `settled` is called for it. */
  kill(marker: string): void {
    this.markers.add(marker);
    if (!this.working) void this.work();
  }

  settled(marker: string): void {
    this.markers.delete(marker);
  }

  /** The engine closes: what is not dead yet ends with it. */
  stop(): void {
    this.stopped = true;
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.markers.size > 0 && !this.stopped) {
      try {
        await this.round([...this.markers]);
      } catch (error) {
        this.logger.warn({ error: String(error) }, 'could not kill a statement of the engine, trying again');
      }
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
    this.working = false;
  }

  private async round(markers: readonly string[]): Promise<void> {
    const heads = markers.map((marker) => `position(query, ${stringLiteral(marked(marker, ''))}) = 1`);
    await this.control.use(async (session) => {
      await session.queryAsync(`KILL QUERY WHERE ${heads.join(' OR ')} ASYNC`, { format: 'Null' });
    });
  }
}
