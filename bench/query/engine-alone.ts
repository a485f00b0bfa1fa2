/** The engine in this process, with its own defaults: no HTTP, no other thread in between. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Session } from 'chdb';
import { FORMATS } from './formats.ts';
import { measure, type Timing } from './measure.ts';

export class EngineAlone {
  private readonly session: Session;

  constructor(dataDir: string) {
    const { Session: SessionClass } = createRequire(import.meta.url)('chdb') as { Session: typeof Session };
    const config = `--config-file=${join(dataDir, 'engine.xml')}`;
    this.session = new SessionClass(join(dataDir, 'engine'), { connectionArgs: [config] });
  }

  /** Statements as they are, as JSON lines. */
  measure(statements: readonly string[]): Promise<Timing> {
    return measure(process.pid, statements, async (sql) =>
      (
        await this.session.queryAsync(
          `${sql} SETTINGS max_threads = 2, allow_experimental_correlated_subqueries = 1`,
          { format: 'JSONEachRow' },
        )
      ).bytes(),
    );
  }

  /** Seconds to write all rows in a format, to nowhere: whole in memory they would not fit. */
  async formatSeconds(format: keyof typeof FORMATS, sql: string): Promise<number> {
    const started = performance.now();
    await this.session.queryAsync(
      `INSERT INTO FUNCTION file('/dev/null', '${FORMATS[format]}') ${sql} SETTINGS max_threads = 2, engine_file_allow_create_multiple_files = 0`,
      { format: 'Null' },
    );
    return (performance.now() - started) / 1000;
  }

  close(): void {
    this.session.close();
  }
}
