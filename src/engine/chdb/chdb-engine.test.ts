import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { engineContract } from '../../../test/support/engine-contract.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { collect } from '../engine.ts';
import { openChdbEngine } from './open.ts';
import { writeAll } from './write-whole.ts';

engineContract('ClickHouse in process', (dataDir) => openChdbEngine({ dataDir, logger: silentLogger }));

const source = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);

/** Inserts for ever beside a heavy query; prints each count that is acknowledged. */
const CHILD = `
import { writeSync } from 'node:fs';
import { openChdbEngine } from ${source('open.ts')};
import { encodeBlock } from ${source('../native/encode.ts')};
import { silentLogger } from ${source('../../telemetry/logger.ts')};
import { collect } from ${source('../engine.ts')};
const engine = await openChdbEngine({ dataDir: process.argv[2], logger: silentLogger });
await engine.command('CREATE DATABASE IF NOT EXISTS k');
await engine.command('CREATE TABLE IF NOT EXISTS k.t (a UInt64) ENGINE = MergeTree ORDER BY a');
void collect(engine.query({ sql: 'SELECT sum(cityHash64(number)) FROM numbers(100000000000000)', format: 'Native' }));
const values = BigUint64Array.from({ length: 100 }, (_, index) => BigInt(index));
const columns = [{ name: 'a', type: 'UInt64' }];
const block = { rows: 100, columns: [{ ...columns[0], vector: { kind: 'uint64', values } }] };
for (;;) {
  await engine.insert({ database: 'k', table: 't' }, { columns, rows: 100, chunks: encodeBlock(block) }, { durable: true });
  writeSync(1, '.');
}
`;

test('opens again after kill -9 with every acknowledged row, and without half-written files', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'engine-kill-'));
  const script = join(directory, 'child.mts');
  writeFileSync(script, CHILD);
  let acknowledged = 0;
  for (let round = 0; round < 2; round++) {
    const child = spawn(process.execPath, [script, join(directory, 'data')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const start = acknowledged;
    child.stdout.on('data', (bytes: Buffer) => {
      acknowledged += bytes.length;
      if (acknowledged > start + 30) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.on('close', resolve));
  }
  const dataDir = join(directory, 'data');
  const engine = await openChdbEngine({ dataDir, logger: silentLogger });
  expect(readdirSync(join(dataDir, 'exchange'))).toEqual(['definitions']);
  const result = await collect(
    engine.query({ sql: 'SELECT toUInt32(count()) FROM k.t', format: 'CSV', weight: 'light' }),
  );
  const rows = Number(result.toString());
  expect(rows % 100).toBe(0);
  expect(rows).toBeGreaterThanOrEqual(acknowledged * 100);
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

test('threads and memory come from the options', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'engine-options-'));
  const engine = await openChdbEngine({
    dataDir,
    logger: silentLogger,
    threads: 1,
    memoryBytes: 123_456_789,
    queryLanes: 1,
  });
  const sql = "SELECT name, value FROM system.settings WHERE name IN ('max_threads', 'max_memory_usage')";
  const result = await collect(engine.query({ sql: `${sql} ORDER BY name`, format: 'CSV' }));
  expect(result.toString()).toBe('"max_memory_usage","123456789"\n"max_threads","1"\n');
  await engine.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('goes on where a write stopped short', async () => {
  const written: Buffer[] = [];
  const chunks = [Buffer.from('abc'), Buffer.from(''), Buffer.from('defgh'), Buffer.from('i')];
  let calls = 0;
  await writeAll(
    {
      async writev(buffers) {
        const all = Buffer.concat(buffers as unknown as Uint8Array[]);
        const bytesWritten = Math.min(all.length, ++calls % 3);
        written.push(all.subarray(0, bytesWritten));
        return { bytesWritten, buffers };
      },
    },
    chunks,
  );
  expect(Buffer.concat(written).toString()).toBe('abcdefghi');
});
