/**
 * `npm run bench:tables`: the table engines that could hold points, in the layout of `table-layout.ts`: processor
 * time of appends, of backfill in reverse order, of merges and of rewrites, and what reads cost before and after.
 * Points are written as the write path would have to: for an engine that keeps the last row as a whole, a rewrite
 * of some fields is completed from what is stored first; one that coalesces takes it as it is.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINE_TYPE, SERIES_TYPE } from '../../src/catalog/engine-names.ts';
import type { ColumnRecord, ColumnType } from '../../src/catalog/records.ts';
import { createTableSql } from '../../src/catalog/table-layout.ts';
import { openChdbEngine } from '../../src/engine/chdb/open.ts';
import { collect, type Engine } from '../../src/engine/engine.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';

const { values } = parseArgs({
  options: { chunks: { type: 'string', default: '10' }, rounds: { type: 'string', default: '5' } },
});
const CHUNKS = Number(values.chunks);
const ROUNDS = Number(values.rounds);
const SERIES = 1000;
const CHUNK_STEPS = 200;
const TAGS = Array.from({ length: 10 }, (_, index) => `tag${index}`);
const FIELDS = Array.from({ length: 10 }, (_, index) => `field${index}`);

const columns = [
  ...TAGS.map((name) => column(name, 'tag')),
  column('time', 'time'),
  ...FIELDS.map((name) => column(name, 'integer')),
];
const names = `__series, ${TAGS.join(', ')}, time, ${FIELDS.join(', ')}`;

function column(name: string, type: ColumnType): ColumnRecord {
  return { id: 0, name, engineName: name, type } as ColumnRecord;
}

const kinds = [
  { name: 'ReplacingMergeTree', final: true, coalesces: false },
  { name: 'CoalescingMergeTree', final: true, coalesces: true },
  { name: 'MergeTree', final: false, coalesces: false },
] as const;

/** Milliseconds of this process's processor time, the engine's threads included. */
async function cost(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function best(sql: string): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    costs.push(await cost(() => collect(engine.query({ sql, format: 'Native' }))));
  return Math.min(...costs);
}

const directory = mkdtempSync(join(tmpdir(), 'bench-tables-'));
const engine: Engine = await openChdbEngine({ dataDir: directory, logger: silentLogger });
const run = (sql: string) =>
  engine.command(sql, { lane: 'maintenance', settings: { optimize_on_insert: 0 } });

/** A chunk of the source: points of all series, in the order of time, as they come from the network. */
async function fillSource(): Promise<void> {
  await run('CREATE DATABASE d');
  const types = columns.map(({ name, type }) => `${name} ${ENGINE_TYPE[type]}`);
  await run(`CREATE TABLE d.source (__series ${SERIES_TYPE}, ${types.join(', ')}) ENGINE = Memory`);
  const step = `intDiv(number, ${SERIES})`;
  const series = `number % ${SERIES}`;
  const tags = TAGS.map(
    (_, index) => `toString((${series}) % ${[SERIES, 9, 27, 100, 3, 2, 4, 20, 2, 3][index]})`,
  );
  const fields = FIELDS.map((_, index) => `toInt64(50 + 50 * sin((${step}) / ${20 + index} + ${series}))`);
  await run(
    `INSERT INTO d.source SELECT reinterpretAsUInt128(sipHash128(${series})), ${tags.join(', ')}, ` +
      `fromUnixTimestamp64Nano(toInt64(1451606400000000000 + (${step}) * 10000000000)), ${fields.join(', ')} ` +
      `FROM numbers(${SERIES * CHUNK_STEPS * CHUNKS})`,
  );
}

const between = (chunk: number) => {
  const at = (index: number) =>
    `fromUnixTimestamp64Nano(toInt64(${1451606400 + index * CHUNK_STEPS * 10}000000000))`;
  return `time >= ${at(chunk)} AND time < ${at(chunk + 1)}`;
};

async function createTable(table: string, kind: string): Promise<void> {
  await run(
    createTableSql({ engineDatabase: 'd', engineTable: table, columns }, null).replace(
      'ENGINE = ReplacingMergeTree',
      `ENGINE = ${kind}`,
    ),
  );
  await run(`SYSTEM STOP MERGES d.${table}`);
}

/** Merges everything; the processor time of it. */
async function merge(table: string): Promise<number> {
  await run(`SYSTEM START MERGES d.${table}`);
  return cost(() => run(`OPTIMIZE TABLE d.${table} FINAL`));
}

const order = Array.from({ length: CHUNKS }, (_, index) => index);

async function fill(table: string, kind: string, chunks: readonly number[]): Promise<number> {
  await createTable(table, kind);
  return cost(async () => {
    for (const chunk of chunks) {
      await run(`INSERT INTO d.${table} (${names}) SELECT ${names} FROM d.source WHERE ${between(chunk)}`);
    }
  });
}

/** All rows grouped, and one host's hour. */
async function reads(suffix: string): Promise<string> {
  const grouped = `SELECT tag0, toStartOfHour(time), avg(field0) FROM d.forward ${suffix} GROUP BY 1, 2`;
  const narrow = `SELECT toStartOfMinute(time), max(field0) FROM d.forward ${suffix} WHERE tag0 = '77' AND ${between(1)} GROUP BY 1`;
  return `${(await best(grouped)).toFixed(1)} / ${(await best(narrow)).toFixed(1)}`;
}

/** A tenth of all points again, with one of their fields. */
function rewriteSql(coalesces: boolean): string {
  const some = 'd.source WHERE cityHash64(__series, time) % 10 = 0';
  const keys = `__series, ${TAGS.join(', ')}, time`;
  if (coalesces) return `INSERT INTO d.forward (${keys}, field0) SELECT ${keys}, field0 + 1 FROM ${some}`;
  const stored = FIELDS.slice(1).map((field) => `t.${field}`);
  return (
    `INSERT INTO d.forward (${names}) SELECT __series, ${TAGS.map((tag) => `s.${tag}`).join(', ')}, time, ` +
    `s.field0 + 1, ${stored.join(', ')} FROM (SELECT * FROM ${some}) AS s JOIN d.forward AS t USING (__series, time)`
  );
}

async function measure({ name, final, coalesces }: (typeof kinds)[number]): Promise<string[]> {
  const append = await fill('forward', name, order);
  const fresh = await reads('');
  const freshFinal = final ? await reads('FINAL') : '–';
  const merging = await merge('forward');
  const merged = await reads('');
  const backfill = await fill('backward', name, order.toReversed());
  const backfillMerging = await merge('backward');
  const cells = [append, merging, backfill, backfillMerging].map((ms) => ms.toFixed(0));
  cells.push(fresh, freshFinal, merged);
  if (final) {
    await run('SYSTEM STOP MERGES d.forward');
    cells.push((await cost(() => run(rewriteSql(coalesces)))).toFixed(0));
    cells.push(await reads('FINAL'), (await merge('forward')).toFixed(0));
  } else cells.push('–', '–', '–');
  for (const table of ['forward', 'backward']) await run(`DROP TABLE d.${table}`);
  return [name, ...cells];
}

await fillSource();
// Whoever comes first pays for the first use of everything.
await measure(kinds[0]);
const rows: string[][] = [];
for (const kind of kinds) rows.push(await measure(kind));
await engine.close();
rmSync(directory, { recursive: true, force: true });
console.log(
  `${SERIES * CHUNK_STEPS * CHUNKS} points in ${CHUNKS} inserts; processor time in ms, reads the best of ${ROUNDS} (all rows grouped / one host's hour)\n`,
);
console.log(
  '| Engine | append | merge | backfill | merge | read fresh | with FINAL | read merged | rewrite a tenth, one field | read with FINAL | merge |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
