/** The service with rows that can be read without the engine: the same answers as without, and when it asks after all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RowsOfEngine, withStoredRows } from '../../../test/support/engine-stored-rows.ts';
import { AUTHOR } from '../../../test/support/ingest.ts';
import { narrowStatements } from '../../../test/support/narrow-statements.ts';
import { openQueryHarness, type QueryHarness, type QueryOptions } from '../../../test/support/query.ts';
import type { StoredRows } from '../../engine/stored-rows.ts';
import { systemClock } from '../../platform/clock.ts';
import { type Logger, silentLogger } from '../../telemetry/logger.ts';
import type { QueryService } from '../query.ts';
import { createQueryService } from '../service.ts';

let directory: string;
let server: QueryHarness;
let rows: RowsOfEngine;
let narrow: QueryService;

const START = Date.UTC(2024, 0, 1);
const iso = (secs: number) => new Date(START + secs * 1000).toISOString();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'narrow-'));
  server = await openQueryHarness(directory, { narrowReads: false });
  const lines: string[] = [];
  for (const [number, host] of ['a', 'b', 'c', '\ud83d\ude00', '\uffee'].entries())
    for (let step = 0; step < 60; step++) {
      const value = (step * 37 + number * 11) % 101;
      const fields = [
        `f=${value / 4}`,
        ...(step % 3 === 0 ? [] : [`n=${value - 50}i`]),
        ...(step % 5 === 0 ? [] : [`u=${value * 4_000_000_000}u`]),
        ...(step % 4 === 0 ? [] : [`s="${'xyé'[value % 3]}${step % 7}"`]),
        `b=${value % 2 === 0}`,
      ];
      const region = number === 1 ? '' : `,region=r${number % 2}`;
      lines.push(`m,host=${host}${region} ${fields.join(',')} ${(START + step * 20_000 + number) * 1e6}`);
    }
  await server.write(lines.join('\n'));
  await server.write('exact,host=a n=9007199254740991i,f=-0 1\nexact,host=a n=1i,f=0 2');
  await server.ingest.flush();
  rows = new RowsOfEngine(server.engine, { runRows: 13, padding: 1, originDistanceNs: 5 });
  narrow = serviceOver();
});
beforeEach(() => {
  said.length = 0;
});
afterEach(() => {
  rows.before = () => {};
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What was said when the engine was asked after all. */
const said: string[] = [];
const hearing: Logger = Object.create(silentLogger, {
  child: { value: () => hearing },
  debug: { value: (_: unknown, text: string) => said.push(text) },
}) as Logger;

function serviceOver(
  more: { readonly narrowReads?: boolean } = {},
  storedRows: StoredRows = rows,
): QueryService {
  const { catalog, ingest, engine } = server;
  return createQueryService({
    catalog,
    ingest,
    engine: withStoredRows(engine, storedRows),
    clock: systemClock,
    logger: hearing,
    tokensVisible: true,
    ...more,
  });
}

/** The answer, and how often rows were read for it. */
async function asked(sql: string, options: QueryOptions = {}): Promise<readonly [string, number]> {
  const before = rows.requests.length;
  const text = await server.text(sql, { queries: narrow, ...options });
  return [text, rows.requests.length - before];
}

const SPAN = `time >= '${iso(0)}' AND time < '${iso(900)}'`;
const HOST = `host = 'a' AND ${SPAN}`;
const HOSTS = `host IN ('a', 'b', '\ud83d\ude00', '\uffee', 'nobody') AND ${SPAN}`;
const BIN = "date_bin(INTERVAL '1 minute', time)";

describe('the answer of the engine', () => {
  const STATEMENTS = [
    `SELECT ${BIN} AS bin, max(f) AS f, min(n), sum(u), avg(n), count(s) FROM m WHERE ${HOST} GROUP BY bin ORDER BY bin`,
    `SELECT ${BIN} AS bin, host, region, mean(f), sum(n) FROM m WHERE ${HOSTS} GROUP BY bin, host, region ORDER BY host DESC, bin`,
    `SELECT date_bin(INTERVAL '7 minutes', time, '2024-01-01T00:03:00.000000001Z') AS bin, count(*) FROM m WHERE ${HOSTS} GROUP BY bin ORDER BY bin DESC LIMIT 2 OFFSET 1`,
    `SELECT date_trunc('hour', time) AS bin, min(u), max(u) FROM m WHERE ${HOSTS} GROUP BY 1 ORDER BY 1`,
    `SELECT date_trunc('week', time) AS bin, count(b) FROM m WHERE ${HOSTS} GROUP BY 1 ORDER BY 1`,
    `SELECT region, count(*), count(region), count(host), count(n) FROM m WHERE ${HOSTS} GROUP BY region ORDER BY region NULLS FIRST`,
    `SELECT host FROM m WHERE ${HOSTS} GROUP BY host ORDER BY sum(n) DESC, host`,
    `SELECT count(*), sum(n), max(f), min(u), avg(u), sum(f) FROM m WHERE ${HOST}`,
    `SELECT count(*), sum(n), max(f) FROM m WHERE ${HOST} AND f > 1000`,
    `SELECT count(*) AS c FROM m WHERE ${HOST} LIMIT 0`,
    `SELECT region, max(f) FROM m WHERE ${HOST} AND f > 1000 GROUP BY region`,
    `SELECT * FROM m WHERE ${HOST} ORDER BY time`,
    `SELECT * FROM m WHERE ${HOSTS} AND f > 15.5 ORDER BY time DESC`,
    `SELECT time, f, n, u, s, b, host, region FROM m WHERE ${HOSTS} ORDER BY s DESC, n NULLS FIRST, time, host LIMIT 50 OFFSET 3`,
    `SELECT s AS host, host AS s FROM m WHERE ${HOSTS} AND n BETWEEN -10 AND 10 AND s IS NOT NULL ORDER BY time, 2`,
    `SELECT time, u FROM m WHERE ${HOSTS} AND u >= 4000000000 AND n != 3 AND b = true ORDER BY time`,
    `SELECT time, u FROM m WHERE ${HOSTS} AND u IS NULL AND b != true AND f <= 20 ORDER BY time`,
    `SELECT time FROM m WHERE ${HOSTS} AND s = 'x1' AND s != 'y1' ORDER BY time`,
    `SELECT time FROM m WHERE ${HOSTS} AND region = 'r1' AND n < 5 ORDER BY time`,
    `SELECT time FROM m WHERE ${HOST} AND region = '' ORDER BY time`,
    `SELECT time FROM m WHERE host = 'a' AND time = '${iso(40)}'`,
    `SELECT count(*) FROM m WHERE host = 'a' AND time > '${iso(2000)}' AND time < '${iso(1000)}'`,
    `SELECT b, count(*) AS c FROM m WHERE ${HOST} GROUP BY b ORDER BY b`,
  ];
  test.each(STATEMENTS)('%s', async (sql) => {
    for (const format of ['json', 'jsonl', 'csv', 'pretty'] as const) {
      const [text] = await asked(sql, { format });
      expect(text).toBe(await server.text(sql, { format }));
    }
    const [parquet] = await asked(sql, { format: 'parquet' });
    expect(parquet).toBe(await server.text(sql, { format: 'parquet' }));
  });

  test('to random statements', async () => {
    await fc.assert(
      fc.asyncProperty(narrowStatements, async (sql) => {
        const [text, reads] = await asked(sql);
        expect(text).toBe(await server.text(sql));
        expect([reads, said]).toEqual([1, []]);
      }),
      { numRuns: Number(process.env.SLUICE_NARROW_RUNS ?? 150) },
    );
  }, 600_000);

  test('to random statements, out of its own parts', async () => {
    let answers = 0;
    const queries = serviceOver(
      {},
      {
        read: async (request) => {
          const runs = await server.engine.storedRows!.read(request);
          if (runs !== null) answers++;
          return runs;
        },
      },
    );
    await fc.assert(
      fc.asyncProperty(narrowStatements, async (sql) => {
        const before = answers;
        expect(await server.text(sql, { queries })).toBe(await server.text(sql));
        expect([answers - before, said]).toEqual([1, []]);
      }),
      { numRuns: Number(process.env.SLUICE_NARROW_RUNS ?? 150) },
    );
  }, 600_000);

  test('to whoever may see some of the rows, out of its own parts', async () => {
    const permission = fc.constantFrom(
      'db:test/m[host=a]:read',
      'db:test/m[host=b]:read',
      'db:test/m[region=r0]:read',
      'db:test/m[region=r1,host=c|d]:read',
      'db:test/m[host=a|b|c]:read',
      'db:test/m[none=x]:read',
      'db:test/exact:read',
    );
    const permissions = fc.uniqueArray(permission, { minLength: 1, maxLength: 3 });
    const own = serviceOver({}, server.engine.storedRows);
    await fc.assert(
      fc.asyncProperty(narrowStatements, permissions, async (sql, as) => {
        const outcome = (queries?: QueryService) =>
          server.text(sql, { as, ...(queries !== undefined && { queries }) }).catch(String);
        const expected = await outcome();
        expect([as, await outcome(narrow)]).toEqual([as, expected]);
        expect([as, await outcome(own)]).toEqual([as, expected]);
        expect(said).toEqual([]);
      }),
      { numRuns: Number(process.env.SLUICE_NARROW_RUNS ?? 150) },
    );
    expect(own.narrowReads().answered).toBeGreaterThan(50);
    expect(own.narrowReads().leftToEngine).toBe(0);
  }, 600_000);

  test('has no row that is hidden', async () => {
    const some = { as: ['db:test/m[host=b]:read'] };
    const sql = `SELECT host, count(*) AS c FROM m WHERE ${HOSTS} GROUP BY host`;
    expect(await asked(sql, some)).toEqual(['[{"host":"b","c":45}]', 1]);
    expect(await asked(`SELECT count(*) AS c FROM m WHERE ${HOST}`, some)).toEqual(['[{"c":0}]', 1]);
    const none = { as: ['db:test/m[none=b]:read'] };
    expect(await asked(`SELECT count(*) AS c FROM m WHERE ${HOST}`, none)).toEqual(['[{"c":0}]', 0]);
  });

  test('comes from the rows themselves', async () => {
    for (const sql of STATEMENTS) {
      const [, reads] = await asked(sql);
      const isEmptySpan = sql.includes(iso(2000));
      const isEngines = sql.startsWith('SELECT b,');
      expect([sql, reads]).toEqual([sql, isEmptySpan || isEngines ? 0 : 1]);
    }
    expect(said).toEqual([]);
  });

  test('of hosts that nobody can have is known without reading', async () => {
    const sql = `SELECT count(*) AS c, max(f) FROM m WHERE host = 'a' AND host = 'b' AND ${SPAN}`;
    expect(await asked(sql)).toEqual(['[{"c":0}]', 0]);
  });

  test('leaves out what is older than the retention period', async () => {
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const hour = 3_600_000_000_000n;
    await server.write(`short,host=a v=1i ${nowNs - 2n * hour}\nshort,host=a v=2i ${nowNs - hour / 2n}`);
    await server.ingest.flush();
    await server.catalog.as(AUTHOR).setTableRetention(server.table('short').id, hour);
    const sql = "SELECT v FROM short WHERE host = 'a' AND time > '2000-01-01'";
    expect(await asked(sql)).toEqual(['[{"v":2}]', 1]);
    expect(rows.requests.at(-1)!.fromNs).toBeGreaterThan(nowNs - hour - 1n);
  });

  test('has what was acknowledged just now', async () => {
    await server.write('fresh,host=a v=1i 10');
    const sql = "SELECT v FROM fresh WHERE host = 'a' AND time >= '1970-01-01'";
    expect(await asked(sql)).toEqual(['[{"v":1}]', 1]);
    await server.write('fresh,host=a v=2i 20');
    expect((await asked(sql))[0]).toBe('[{"v":1},{"v":2}]');
  });
});

describe('the engine is asked', () => {
  const sql = `SELECT count(*) AS c FROM m WHERE ${HOST}`;
  const ANSWER = '[{"c":45}]';

  test('when nothing else is wanted', async () => {
    expect(await asked(sql, { queries: serviceOver({ narrowReads: false }) })).toEqual([ANSWER, 0]);
  });

  test('when the reader fails or refuses', async () => {
    rows.before = () => {
      throw new Error('a file is gone');
    };
    expect(await asked(sql)).toEqual([ANSWER, 1]);
    expect(said).toEqual(['rows could not be read without the engine']);
    const refusing = withStoredRows(server.engine, { read: () => Promise.resolve(null) });
    const { catalog, ingest } = server;
    const parts = { catalog, ingest, clock: systemClock, logger: silentLogger, tokensVisible: true };
    const queries = createQueryService({ ...parts, engine: refusing });
    expect((await asked(sql, { queries }))[0]).toBe(ANSWER);
  });

  test('when the rows hold what only it can say', async () => {
    const where = "host = 'a' AND time >= '1970-01-01'";
    expect((await asked(`SELECT sum(n) AS n FROM exact WHERE ${where}`))[0]).toBe('[{"n":9007199254740992}]');
    expect((await asked(`SELECT max(f) AS f FROM exact WHERE ${where}`))[0]).toBe(
      await server.text(`SELECT max(f) AS f FROM exact WHERE ${where}`),
    );
    expect(said).toEqual(Array(2).fill('rows need the engine to be answered from'));
  });

  test('where points may be there twice, before the reading or since', async () => {
    const written = "SELECT v FROM twice WHERE host = 'a' AND time >= '1970-01-01' ORDER BY time";
    await server.write('twice,host=a v=1i 10\ntwice,host=a v=1i 20');
    await server.ingest.flush();
    expect((await asked(written))[1]).toBe(1);
    rows.before = async () => {
      await server.write('twice,host=a v=2i 10');
      await server.ingest.flush();
    };
    expect(await asked(written)).toEqual(['[{"v":2},{"v":1}]', 1]);
    rows.before = () => {};
    expect(await asked(written)).toEqual(['[{"v":2},{"v":1}]', 0]);
    const others = "SELECT v FROM twice WHERE host = 'a' AND time >= '2024-01-01'";
    expect(await asked(others)).toEqual(['[]', 1]);
  });

  test('when the catalog changed while it read', async () => {
    rows.before = async () => {
      await server.catalog.as(AUTHOR).createDatabase(`other${Math.random()}`);
    };
    expect(await asked(sql)).toEqual([ANSWER, 1]);
  });

  test('to explain', async () => {
    const before = rows.requests.length;
    expect(await server.text(`EXPLAIN ANALYZE ${sql}`, { queries: narrow })).toContain('output_rows=1');
    expect(rows.requests.length).toBe(before);
  });
});

describe('limits', () => {
  const sql = `SELECT f FROM m WHERE ${HOST}`;
  const refusal = (promise: Promise<unknown>) => promise.catch((error) => `${error.status} ${error.message}`);

  test('of rows', async () => {
    const options = { queries: narrow, request: { limits: { resultRows: 2 } } };
    expect(await refusal(server.text(sql, options))).toBe(
      "429 query error: the token's limit was hit: query_result_rows = 2; narrow the query",
    );
    expect(await server.ask(`${sql} LIMIT 2`, options)).toHaveLength(2);
  });

  test('of time', async () => {
    rows.before = () => new Promise((resolve) => setTimeout(resolve, 50));
    const options = { queries: narrow, request: { limits: { timeMs: 20 } } };
    expect(await refusal(server.text(sql, options))).toBe(
      "429 query error: the token's limit was hit: query_seconds = 0.02; narrow the query",
    );
  });

  test('a client that goes away ends it, and so says the log', async () => {
    const gone = new AbortController();
    rows.before = () => gone.abort();
    const options = { queries: narrow, request: { signal: gone.signal } };
    expect(await refusal(server.text(sql, options))).toBe('499 query error: the query was cancelled');
    await server.text(`${sql} AND f > 3 LIMIT 4`, { queries: narrow });
    const logged = await server.ask(
      'SELECT phase, success, cancelled, query_text FROM system.queries ORDER BY issue_time DESC LIMIT 3',
      { queries: narrow },
    );
    expect(logged.slice(1)).toEqual([
      { phase: 'success', success: true, cancelled: false, query_text: `${sql} AND f > 3 LIMIT 4` },
      { phase: 'cancel', success: false, cancelled: true, query_text: sql },
    ]);
  });
});
