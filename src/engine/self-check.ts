/** Start-up proof that a query cannot change or reach anything: the second lock behind our translator. */
import { collect, type Engine, EngineError } from './engine.ts';

const READONLY = 164;

const ATTEMPTS = [
  "INSERT INTO FUNCTION null('x UInt8') SELECT 1",
  'CREATE TABLE default.sluice_self_check (x UInt8) ENGINE = Memory',
  "SELECT * FROM file('/etc/hostname', 'LineAsString')",
  "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
  "SELECT * FROM s3('http://127.0.0.1:9/bucket/key', 'LineAsString')",
  "SELECT * FROM remote('127.0.0.1:9', 'system', 'one')",
  "SELECT * FROM executable('x', 'LineAsString', 'x String')",
];

export interface ReadOnlyReport {
  /**
   * Whether the scalar function `file()` reads a file in spite of the lock, as it does in ClickHouse in
   * process. Nothing in the engine stops it: the translator's list of allowed functions is what does.
   */
  readonly scalarFileReadable: boolean;
}

/** Throws when the engine refuses one of the attempts for any other reason than that queries are read-only. */
export async function checkReadOnly(engine: Engine): Promise<ReadOnlyReport> {
  for (const sql of ATTEMPTS) {
    const code = await attempt(engine, sql);
    if (code !== READONLY) {
      throw new EngineError(
        'internal',
        `the engine's read-only lock does not hold (${code ?? 'no error'}): ${sql}`,
      );
    }
  }
  return {
    scalarFileReadable: (await attempt(engine, "SELECT length(file('/etc/passwd')) > 0")) === undefined,
  };
}

/** The engine's error code, `undefined` when the statement ran. */
async function attempt(engine: Engine, sql: string): Promise<number | undefined> {
  try {
    // One try: a lock that does not hold must not cost seconds of network retries.
    await collect(engine.query({ sql, format: 'Native', weight: 'light', settings: { http_max_tries: 1 } }));
    return undefined;
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'down') throw error;
    return error instanceof EngineError ? (error.engineCode ?? 0) : 0;
  }
}
