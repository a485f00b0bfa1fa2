/** The threads that lay the rows of large results: started when there are such, kept until `close`. */
import { availableParallelism } from 'node:os';
import type { Logger } from '../../../telemetry/logger.ts';
import type { ResultColumn } from '../../types.ts';
import type { TextFormat } from '../text-format.ts';
import { type LaidResult, TEXT_THREAD_BODY, TextThread } from './text-thread.ts';

/** One processor is left for everything else. */
const MAXIMUM_THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

export class TextThreads {
  private readonly logger: Logger;
  private readonly body: URL;
  private readonly threads = new Set<TextThread>();
  private closed = false;
  /** False after one ended before it was ready: another would as well. */
  private canStart = true;

  constructor(logger: Logger, body = TEXT_THREAD_BODY) {
    this.logger = logger;
    this.body = body;
  }

  /** A place for a result; undefined while no thread is ready: its rows are then laid where they are. */
  open(columns: readonly ResultColumn[], format: TextFormat): LaidResult | undefined {
    const idlest = leastBusy([...this.threads]);
    if ((idlest === undefined || idlest.busy > 0) && this.threads.size < MAXIMUM_THREADS) this.start();
    return leastBusy([...this.threads].filter(({ isReady }) => isReady))?.open(columns, format);
  }

  /** Results that are under way fail. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.threads].map((thread) => thread.close()));
  }

  private start(): void {
    if (this.closed || !this.canStart) return;
    const thread = new TextThread(this.body, (error) => {
      this.threads.delete(thread);
      this.canStart &&= thread.isReady;
      if (!this.closed) this.logger.error({ err: error }, 'a text thread ended');
    });
    this.threads.add(thread);
  }
}

function leastBusy(threads: readonly TextThread[]): TextThread | undefined {
  return threads.toSorted((a, b) => a.busy - b.busy)[0];
}
