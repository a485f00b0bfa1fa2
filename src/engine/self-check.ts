/** Start-up proof that a query cannot change or reach anything: the second lock behind our translator. */
import { collect, type Engine, EngineError } from './engine.ts';

const ATTEMPTS = [
  "INSERT INTO FUNCTION null('x UInt8') SELECT 1",
  'CREATE TABLE default.sluice_self_check (x UInt8) ENGINE = Memory',
  "SELECT * FROM file('/etc/hostname', 'LineAsString')",
  "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
  "SELECT * FROM s3('http://127.0.0.1:9/b/k', 'LineAsString')",
  "SELECT * FROM remote('127.0.0.1:9', 'system', 'one')",
  "SELECT * FROM executable('x', 'LineAsString', 'x String')",
];

/** Throws when the engine would run one of the attempts as a query. */
export async function checkReadOnly(engine: Engine): Promise<void> {
  for (const sql of ATTEMPTS) {
    const refused = await collect(engine.query({ sql, format: 'Native', weight: 'light' })).then(
      () => false,
      (error: unknown) => error instanceof EngineError && error.kind !== 'down',
    );
    if (!refused) throw new EngineError('internal', `the engine's read-only lock does not hold for: ${sql}`);
  }
  await collect(engine.query({ sql: 'SELECT 1', format: 'Native', weight: 'light' }));
}
