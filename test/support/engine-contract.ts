/**
 * What every engine must do. A second engine runs through it unchanged: it is called with an `open` that gives an
 * engine over a directory, twice in a row over the same one when a test asks for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, type Engine, EngineError, type EngineQuery } from '../../src/engine/engine.ts';
import type { Block } from '../../src/engine/native/block.ts';
import { decodeBlocks } from '../../src/engine/native/decode.ts';
import { encodeBlock } from '../../src/engine/native/encode.ts';

/** Runs for hours, and can be killed at any moment. */
const ENDLESS = 'SELECT sum(cityHash64(number)) FROM numbers(100000000000000)';
const ENDLESS_ROWS = 'SELECT number FROM numbers(100000000000000)';

export function engineContract(name: string, open: (dataDir: string) => Promise<Engine>): void {
  describe(name, () => {
    let directory: string;
    let engine: Engine;
    let tables = 0;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'engine-contract-'));
      engine = await open(directory);
      await engine.command('CREATE DATABASE `d`');
    });

    afterAll(async () => {
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const bytes = (sql: string, extra: Partial<EngineQuery> = {}) =>
      collect(engine.query({ sql, format: 'Native', ...extra }));

    async function rows(sql: string, extra: Partial<EngineQuery> = {}): Promise<Record<string, unknown>[]> {
      const text = (await bytes(sql, { format: 'JSONEachRow', ...extra })).toString();
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    }

    async function failure(work: Promise<unknown>): Promise<string> {
      const error = await work.then(
        () => 'no error',
        (thrown: unknown) => thrown,
      );
      return error instanceof EngineError ? error.kind : String(error);
    }

    async function newTable(columns = '`a` UInt64', order = '`a`'): Promise<string> {
      const table = `t${tables++}`;
      await engine.command(
        `CREATE TABLE \`d\`.\`${table}\` (${columns}) ENGINE = MergeTree ORDER BY ${order}`,
      );
      return table;
    }

    function numbers(count: number, from = 0): Block {
      const values = BigUint64Array.from({ length: count }, (_, index) => BigInt(index + from));
      return { rows: count, columns: [{ name: 'a', type: 'UInt64', vector: { kind: 'uint64', values } }] };
    }

    function insert(table: string, block: Block, options: { durable?: boolean; signal?: AbortSignal } = {}) {
      const columns = block.columns.map((column) => ({ name: column.name, type: column.type }));
      return engine.insert(
        { database: 'd', table },
        { columns, chunks: encodeBlock(block), rows: block.rows },
        { durable: true, ...options },
      );
    }

    /** Statements that the engine itself still runs, the asking one not counted. */
    async function alive(fragment: string): Promise<number> {
      const [row] = await rows(
        `SELECT toUInt32(count()) AS n FROM system.processes WHERE position(query, '${fragment}') > 0 AND position(query, 'system.processes') = 0`,
        { weight: 'light' },
      );
      return Number(row?.n);
    }

    async function gone(fragment: string): Promise<void> {
      while ((await alive(fragment)) > 0) await pause(10);
    }

    async function started(fragment: string): Promise<void> {
      while ((await alive(fragment)) === 0) await pause(5);
    }

    describe('commands', () => {
      test('what a command did is seen by the next statement', async () => {
        const table = await newTable();
        await engine.command(`ALTER TABLE \`d\`.\`${table}\` ADD COLUMN \`b\` Nullable(Int64)`);
        const found = await rows(
          `SELECT name FROM system.columns WHERE database = 'd' AND table = '${table}'`,
        );
        expect(found.map((row) => row.name)).toEqual(['a', 'b']);
        await engine.command(`DROP TABLE \`d\`.\`${table}\``);
        expect(await failure(bytes(`SELECT * FROM \`d\`.\`${table}\``))).toBe('unknown');
      });

      test('tells what is wrong with a statement', async () => {
        expect(await failure(engine.command('CREATE TABLE FROM'))).toBe('syntax');
        expect(await failure(engine.command('DROP TABLE `d`.`missing`'))).toBe('unknown');
        expect(await failure(engine.command('OPTIMIZE TABLE `d`.`x`; DROP DATABASE `d`'))).toBe('syntax');
        expect(await rows("SELECT name FROM system.databases WHERE name = 'd'")).toHaveLength(1);
      });

      test('settings and limits hold for one command only', async () => {
        const table = await newTable('`a` Int64');
        const fill = `INSERT INTO \`d\`.\`${table}\` SELECT number FROM numbers(1000)`;
        const options = { settings: { max_rows_to_read: 10 }, lane: 'maintenance' } as const;
        expect(await failure(engine.command(fill, options))).toBe('rows');
        await engine.command(fill, { lane: 'maintenance' });
        expect(await rows(`SELECT toUInt32(count()) AS n FROM \`d\`.\`${table}\``)).toEqual([{ n: 1000 }]);
        expect(
          await failure(
            engine.command(`INSERT INTO \`d\`.\`${table}\` ${ENDLESS}`, { limits: { timeMs: 200 } }),
          ),
        ).toBe('time');
      });

      test('an abort ends a command, and one that waits', async () => {
        const table = await newTable();
        const abort = new AbortController();
        const sql = `INSERT INTO \`d\`.\`${table}\` SELECT number + 1234321 FROM numbers(100000000000000)`;
        const options = { lane: 'maintenance', signal: abort.signal } as const;
        const running = failure(engine.command(sql, options));
        const waiting = failure(engine.command('OPTIMIZE TABLE `d`.`missing`', options));
        await started('1234321');
        abort.abort();
        expect(await running).toBe('cancelled');
        expect(await waiting).toBe('cancelled');
        await gone('1234321');
        expect(await failure(engine.command('SELECT 1', { signal: abort.signal }))).toBe('cancelled');
      });
    });

    describe('inserts', () => {
      test('of every type come back as they were', async () => {
        const columns: Block['columns'] = [
          { name: 'series', type: 'UInt128', vector: { kind: 'fixed', bytes: counting(32), width: 16 } },
          {
            name: 'tag',
            type: 'LowCardinality(Nullable(String))',
            vector: { kind: 'dictionary', dictionary: [null, 'ü'], indexes: Uint32Array.of(1, 0) },
          },
          {
            name: 'time',
            type: "DateTime64(9, 'UTC')",
            vector: { kind: 'int64', values: BigInt64Array.of(-1n, 9_000_000_000_000_000_001n) },
          },
          {
            name: 'float',
            type: 'Nullable(Float64)',
            nulls: Uint8Array.of(0, 1),
            vector: { kind: 'float64', values: Float64Array.of(-0.1, 0) },
          },
          {
            name: 'integer',
            type: 'Nullable(Int64)',
            nulls: Uint8Array.of(0, 0),
            vector: { kind: 'int64', values: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
          },
          {
            name: 'unsigned',
            type: 'Nullable(UInt64)',
            nulls: Uint8Array.of(1, 0),
            vector: { kind: 'uint64', values: BigUint64Array.of(0n, 2n ** 64n - 1n) },
          },
          {
            name: 'text',
            type: 'Nullable(String)',
            nulls: Uint8Array.of(0, 1),
            vector: { kind: 'string', bytes: Buffer.from("a'\\\0ö"), offsets: Uint32Array.of(0, 6, 6) },
          },
          {
            name: 'flag',
            type: 'Nullable(Bool)',
            nulls: Uint8Array.of(0, 1),
            vector: { kind: 'uint8', values: Uint8Array.of(1, 0) },
          },
        ];
        const definition = columns.map((column) => `\`${column.name}\` ${column.type}`).join(', ');
        const table = await newTable(definition, '`series`');
        await insert(table, { rows: 2, columns });
        const [block] = decodeBlocks(await bytes(`SELECT * FROM \`d\`.\`${table}\` ORDER BY \`integer\``));
        expect(block?.rows).toBe(2);
        for (const [index, column] of columns.entries()) {
          const found = block!.columns[index]!;
          expect({ name: found.name, type: found.type }).toEqual({ name: column.name, type: column.type });
          if (column.nulls !== undefined) expect([...found.nulls!]).toEqual([...column.nulls]);
        }
        const [first, second] = await rows(
          `SELECT hex(\`series\`) AS s, \`tag\`, toString(toUnixTimestamp64Nano(\`time\`)) AS n, \`float\`, toString(\`integer\`) AS i, toString(\`unsigned\`) AS u, \`text\`, \`flag\` FROM \`d\`.\`${table}\` ORDER BY \`integer\``,
        );
        expect(first).toEqual({
          s: '0F0E0D0C0B0A09080706050403020100',
          tag: 'ü',
          n: '-1',
          float: -0.1,
          i: '-9223372036854775808',
          u: null,
          text: "a'\\\0ö",
          flag: true,
        });
        expect(second).toMatchObject({
          tag: null,
          n: '9000000000000000001',
          i: '9223372036854775807',
          u: '18446744073709551615',
          text: null,
          flag: null,
        });
      });

      test('are seen at once, durable or not, and columns that are absent take their default', async () => {
        const table = await newTable("`a` UInt64, `b` String DEFAULT 'x', `c` Nullable(Int64)");
        await insert(table, numbers(3), { durable: false });
        await insert(table, numbers(3, 3));
        expect(
          await rows(
            `SELECT toUInt32(count()) AS n, any(\`b\`) AS b, any(\`c\`) AS c FROM \`d\`.\`${table}\``,
          ),
        ).toEqual([{ n: 6, b: 'x', c: null }]);
      });

      test('may touch more partitions than the engine likes', async () => {
        const table = `t${tables++}`;
        await engine.command(
          `CREATE TABLE \`d\`.\`${table}\` (\`a\` UInt64) ENGINE = MergeTree PARTITION BY \`a\` ORDER BY \`a\``,
        );
        await insert(table, numbers(150));
        expect(await rows(`SELECT toUInt32(count()) AS n FROM \`d\`.\`${table}\``)).toEqual([{ n: 150 }]);
      });

      test('that fail leave nothing', async () => {
        const table = await newTable();
        const block = numbers(10);
        const [chunk] = [Buffer.concat(encodeBlock(block))];
        const batch = {
          columns: [{ name: 'a', type: 'UInt64' }],
          chunks: [chunk!.subarray(0, chunk!.length - 3)],
          rows: 10,
        };
        expect(await failure(engine.insert({ database: 'd', table }, batch, { durable: true }))).not.toBe(
          'no error',
        );
        expect(await failure(insert('missing', block))).toBe('unknown');
        expect(await failure(insert(table, block, { signal: AbortSignal.abort() }))).toBe('cancelled');
        expect(await rows(`SELECT toUInt32(count()) AS n FROM \`d\`.\`${table}\``)).toEqual([{ n: 0 }]);
      });
    });

    describe('queries', () => {
      test('give Native blocks of the asked size, and statistics', async () => {
        const stream = engine.query({
          sql: 'SELECT number FROM numbers(1000)',
          format: 'Native',
          limits: { blockRows: 100, threads: 1 },
        });
        const sizes: number[] = [];
        let size = 0;
        for await (const chunk of stream) {
          size += chunk.byteLength;
          sizes.push(...decodeBlocks(chunk).map((block) => block.rows));
        }
        expect(sizes.reduce((sum, each) => sum + each, 0)).toBe(1000);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
        expect(stream.statistics()).toMatchObject({ resultRows: 1000, resultBytes: size });
        expect(decodeBlocks(await bytes('SELECT number FROM numbers(0)'))).toEqual([]);
      });

      test('give whole files in the other formats', async () => {
        const sql = 'SELECT number AS n FROM numbers(200000)';
        const parquet = await bytes(sql, { format: 'Parquet' });
        expect(parquet.subarray(0, 4).toString()).toBe('PAR1');
        expect(parquet.subarray(-4).toString()).toBe('PAR1');
        expect(parquet.indexOf('PAR1', 4)).toBe(parquet.length - 4);
        const arrow = await bytes(sql, { format: 'ArrowStream' });
        expect(arrow.subarray(-8).toString('hex')).toBe('ffffffff00000000');
        expect((await bytes(sql, { format: 'CSV' })).toString().split('\n')).toHaveLength(200_001);
        expect(await rows(sql)).toHaveLength(200_000);
      });

      test('run the statements that are not a SELECT', async () => {
        const table = await newTable();
        const explained = await rows(`EXPLAIN SELECT * FROM \`d\`.\`${table}\``, { format: 'JSONEachRow' });
        expect(JSON.stringify(explained)).toContain('Output: a');
        expect(await rows(`DESCRIBE TABLE \`d\`.\`${table}\``)).toMatchObject([
          { name: 'a', type: 'UInt64' },
        ]);
        expect(await rows('SHOW TABLES FROM `d`')).toContainEqual({ name: table });
        expect(
          decodeBlocks(await bytes(`EXPLAIN SELECT * FROM \`d\`.\`${table}\``))[0]?.rows,
        ).toBeGreaterThan(0);
      });

      test('bind typed parameters, whatever the values hold', async () => {
        const value = "'; DROP TABLE x -- {b:Int64} \\' ü \0";
        const [row] = await rows(
          'SELECT {a:String} AS a, {b:Int64} AS b, {c:Float64} AS c, {d:Bool} AS d, {e:Nullable(String)} AS e',
          {
            parameters: {
              a: { type: 'String', value },
              b: { type: 'Int64', value: -5n },
              c: { type: 'Float64', value: 1.5 },
              d: { type: 'Bool', value: true },
              e: { type: 'String', value: null },
            },
          },
        );
        expect({ ...row, b: Number(row?.b) }).toEqual({ a: value, b: -5, c: 1.5, d: true, e: null });
      });

      test('are read-only and single statements', async () => {
        const table = await newTable();
        for (const sql of [
          `INSERT INTO \`d\`.\`${table}\` VALUES (1)`,
          `DROP TABLE \`d\`.\`${table}\``,
          `SELECT 1; DROP TABLE \`d\`.\`${table}\``,
          "SELECT * FROM file('/etc/hostname', 'LineAsString')",
          `SELECT 1 INTO OUTFILE '/tmp/sluice-contract-outfile-${process.pid}'`,
          `SELECT 1 into /* */ OUTFILE '/tmp/sluice-contract-outfile-${process.pid}'`,
        ]) {
          expect(await failure(bytes(sql)), sql).not.toBe('no error');
        }
        expect(await rows(`SELECT toUInt32(count()) AS n FROM \`d\`.\`${table}\``)).toEqual([{ n: 0 }]);
      });

      test('fail with the kind of what went wrong', async () => {
        const kinds: [string, Partial<EngineQuery>, string][] = [
          ['SELECT FROM WHERE', {}, 'syntax'],
          ['SELECT missing', {}, 'unknown'],
          ['SELECT missing(1)', {}, 'unknown'],
          ['SELECT * FROM `d`.`missing`', {}, 'unknown'],
          ['SELECT intDiv(1, 0)', {}, 'value'],
          ["SELECT toInt64('x')", {}, 'value'],
          ["SELECT match('x', '(')", {}, 'value'],
          [ENDLESS, { limits: { timeMs: 200 } }, 'time'],
          [
            'SELECT groupArray(number) FROM numbers(100000000)',
            { limits: { memoryBytes: 50_000_000 } },
            'memory',
          ],
          [ENDLESS_ROWS, { limits: { resultRows: 1000 } }, 'rows'],
        ];
        for (const [sql, extra, kind] of kinds) expect(await failure(bytes(sql, extra)), sql).toBe(kind);
      });

      test('compute nothing far ahead of the reader', async () => {
        const stream = engine.query({ sql: ENDLESS_ROWS, format: 'Native', limits: { blockRows: 1000 } });
        let seen = 0;
        for await (const chunk of stream) {
          seen += decodeBlocks(chunk).reduce((sum, block) => sum + block.rows, 0);
          if (seen === 1000 || seen > 10_000) await pause(50);
          if (seen > 10_000) break;
        }
        // Some megabytes of eight bytes a row.
        expect(stream.statistics().resultRows).toBeLessThan(500_000);
        await gone('numbers(100000000000000)');
      });
    });

    describe('an end before the end', () => {
      const cases: [string, string][] = [
        ['that computes', ENDLESS],
        ['that gives rows', ENDLESS_ROWS],
        ['that computes a scalar first', `SELECT (${ENDLESS})`],
      ];
      test.each(cases)('cancel kills a query %s inside the engine', async (_, sql) => {
        const stream = engine.query({ sql, format: 'Native' });
        const result = failure(collect(stream));
        await started('numbers(100000000000000)');
        stream.cancel();
        stream.cancel();
        expect(await result).toBe('cancelled');
        await gone('numbers(100000000000000)');
      });

      test('so does the signal, without a reader, and in other formats', async () => {
        for (const format of ['Native', 'JSONEachRow'] as const) {
          const abort = new AbortController();
          const result = failure(bytes(ENDLESS, { format, signal: abort.signal }));
          await started('numbers(100000000000000)');
          abort.abort();
          expect(await result).toBe('cancelled');
          await gone('numbers(100000000000000)');
        }
        const abort = new AbortController();
        const unread = engine.query({ sql: ENDLESS_ROWS, format: 'Native', signal: abort.signal });
        const iterator = unread[Symbol.asyncIterator]();
        await iterator.next();
        abort.abort();
        await gone('numbers(100000000000000)');
        expect(await failure(iterator.next())).toBe('cancelled');
        expect(await failure(bytes('SELECT 1', { signal: AbortSignal.abort() }))).toBe('cancelled');
      });

      test('a table can be changed and dropped while a query reads it, and the query is released', async () => {
        const table = await newTable();
        await insert(table, numbers(100_000));
        const stream = engine.query({
          sql: `SELECT sum(cityHash64(t.\`a\`, n.number)) FROM \`d\`.\`${table}\` AS t, numbers(10000000) AS n`,
          format: 'Native',
        });
        const result = failure(collect(stream));
        await started('numbers(10000000)');
        await engine.command(`ALTER TABLE \`d\`.\`${table}\` ADD COLUMN \`b\` Int64`);
        await engine.command(`DROP TABLE \`d\`.\`${table}\``);
        stream.cancel();
        expect(await result).toBe('cancelled');
        await gone('numbers(10000000)');
      });
    });

    test('heavy queries delay neither a light one, nor an insert, nor a change of the schema', async () => {
      const table = await newTable();
      const streams = Array.from({ length: 8 }, () => engine.query({ sql: ENDLESS, format: 'Native' }));
      const ends = streams.map((stream) => failure(collect(stream)));
      const order: string[] = [];
      for (const end of ends) void end.then(() => order.push('heavy'));
      await started('numbers(100000000000000)');
      await Promise.all([
        rows('SELECT 1 AS one', { weight: 'light' }).then(() => order.push('light')),
        insert(table, numbers(10)).then(() => order.push('insert')),
        engine
          .command(`ALTER TABLE \`d\`.\`${table}\` ADD COLUMN \`c\` Int64`)
          .then(() => order.push('schema')),
      ]);
      expect(order.toSorted()).toEqual(['insert', 'light', 'schema']);
      expect((await engine.health()).running.query).toBeGreaterThan(0);
      for (const stream of streams) stream.cancel();
      expect(await Promise.all(ends)).toEqual(streams.map(() => 'cancelled'));
      await gone('numbers(100000000000000)');
    });

    test('health names the version and what runs', async () => {
      const health = await engine.health();
      expect(health.healthy).toBe(true);
      expect(health.version).toMatch(/^\d+\.\d+/);
      expect(health.running).toEqual({ write: 0, ddl: 0, query: 0 });
    });

    test('close kills queries, refuses what comes, may be called twice; another open finds the rows', async () => {
      const table = await newTable();
      const writing = insert(table, numbers(5));
      const reading = failure(bytes(ENDLESS));
      await started('numbers(100000000000000)');
      await Promise.all([engine.close(), engine.close()]);
      await writing;
      expect(await reading).toBe('cancelled');
      expect(await failure(engine.command('SELECT 1'))).toBe('down');
      expect(await failure(bytes('SELECT 1'))).toBe('down');
      expect((await engine.health()).healthy).toBe(false);
      engine = await open(directory);
      expect(await rows(`SELECT toUInt32(count()) AS n FROM \`d\`.\`${table}\``)).toEqual([{ n: 5 }]);
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index);
}
