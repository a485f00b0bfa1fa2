/**
 * What small statements wait beside heavy ones: `npm run bench:engine`. Prints p50 and p99 in ms of `SELECT 1`, a
 * light query over rows, an insert of 1000 rows and a new column, alone and beside two heavy queries that never end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChdbEngine } from '../../src/engine/chdb/open.ts';
import { collect } from '../../src/engine/engine.ts';
import { encodeBlock } from '../../src/engine/native/encode.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';

const HEAVY = 'SELECT sum(cityHash64(number)) FROM numbers(100000000000000)';
const ROUNDS = 200;

const directory = mkdtempSync(join(tmpdir(), 'bench-lanes-'));
const engine = await openChdbEngine({ dataDir: directory, logger: silentLogger });
await engine.command('CREATE DATABASE `d`');
await engine.command('CREATE TABLE `d`.`t` (`a` UInt64, `s` String) ENGINE = MergeTree ORDER BY `a`');
await engine.command('INSERT INTO `d`.`t` SELECT number, toString(number) FROM numbers(1000000)', {
  lane: 'maintenance',
});
// A table for each half, so that the second does not pay for the merges of the first.
for (const table of ['alone', 'beside']) {
  await engine.command(`CREATE TABLE \`d\`.\`${table}\` (\`a\` UInt64) ENGINE = MergeTree ORDER BY \`a\``);
}
let target = 'alone';

const select = (sql: string) => () => collect(engine.query({ sql, format: 'Native', weight: 'light' }));
const columns = [{ name: 'a', type: 'UInt64' }];
const values = BigUint64Array.from({ length: 1000 }, (_, index) => BigInt(index));
const block = { rows: 1000, columns: [{ ...columns[0]!, vector: { kind: 'uint64', values } as const }] };
const batch = { columns, chunks: encodeBlock(block), rows: 1000 };
let added = 0;

const statements: readonly [string, () => Promise<unknown>, number][] = [
  ['SELECT 1', select('SELECT 1'), ROUNDS],
  ['one row of 1 M by key', select('SELECT `s` FROM `d`.`t` WHERE `a` = 777777'), ROUNDS],
  [
    'insert of 1000 rows, durable',
    () => engine.insert({ database: 'd', table: target }, batch, { durable: true }),
    ROUNDS,
  ],
  [
    'add a column',
    () => engine.command(`ALTER TABLE \`d\`.\`${target}\` ADD COLUMN \`c${added++}\` Int64`),
    50,
  ],
];

async function measure(work: () => Promise<unknown>, rounds: number): Promise<string> {
  for (let round = 0; round < 10; round++) await work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2).padStart(8);
  return `${at(0.5)} ${at(0.99)}`;
}

console.log(`${'ms'.padEnd(32)}${'alone p50'.padStart(9)} p99      beside two heavy p50, p99`);
const alone = new Map<string, string>();
for (const [name, work, rounds] of statements) alone.set(name, await measure(work, rounds));
target = 'beside';
const heavy = [0, 1].map(() => engine.query({ sql: HEAVY, format: 'Native' }));
const ends = heavy.map((stream) => collect(stream).catch(() => undefined));
await new Promise((resolve) => setTimeout(resolve, 500));
for (const [name, work, rounds] of statements) {
  console.log(`${name.padEnd(32)}${alone.get(name)}    ${await measure(work, rounds)}`);
}
const killed = performance.now();
for (const stream of heavy) stream.cancel();
await Promise.all(ends);
while ((await engine.health()).running.query > 0) await new Promise((resolve) => setTimeout(resolve, 2));
console.log(`both heavy queries gone after ${(performance.now() - killed).toFixed(0)} ms`);
const bytes = await (async () => {
  const start = performance.now();
  const sql = 'SELECT number FROM numbers(20000000)';
  const result = await collect(engine.query({ sql, format: 'Native', weight: 'heavy' }));
  return `${(result.length / 1e6 / ((performance.now() - start) / 1000)).toFixed(0)} MB/s`;
})();
console.log(`results through a query thread: ${bytes}`);
await engine.close();
rmSync(directory, { recursive: true, force: true });
