import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { type LogFiles, nodeFiles } from './files.ts';
import { type LogOptions, openLog } from './open.ts';

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'sluice-wal-')), 'wal');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const open = (limits?: LogOptions['limits']) =>
  openLog({ directory, clock: systemClock, logger: silentLogger, ...(limits ? { limits } : {}) });
const bytes = (text: string) => [Buffer.from(text)];
const durable = { durable: true };

/** What a restart finds, as `sequence:payload`. */
async function found(limits?: LogOptions['limits']): Promise<string[]> {
  const { replay, log } = await open(limits);
  const records: string[] = [];
  for await (const { sequence, payload } of replay()) {
    records.push(`${sequence}:${Buffer.from(payload).toString()}`);
  }
  await log.close();
  return records;
}

const segments = () => readdirSync(directory).sort();

test('gives the records back in order, with their sequences, after a restart', async () => {
  const { log } = await open();
  expect(log.next).toBe(1);
  expect(await log.append(bytes('a'), durable)).toBe(1);
  expect(await log.append([Buffer.from('b'), Buffer.from('c')], { durable: false })).toBe(2);
  expect(await log.append([], durable)).toBe(3);
  await log.close();
  expect(await found()).toEqual(['1:a', '2:bc', '3:']);
  const again = await open();
  expect(again.log.next).toBe(4);
  expect(await again.log.append(bytes('d'), durable)).toBe(4);
  await again.log.close();
  expect(await found()).toEqual(['1:a', '2:bc', '3:', '4:d']);
});

test('shares one fsync among all that wait, and asks for none when nobody does', async () => {
  const { log } = await open();
  await Promise.all(Array.from({ length: 100 }, (_, index) => log.append(bytes(`${index}`), durable)));
  expect(log.statistics()).toMatchObject({ fsyncs: 1, waiting: 0 });
  await Promise.all(Array.from({ length: 100 }, () => log.append(bytes('x'), { durable: false })));
  expect(log.statistics().fsyncs).toBe(1);
  await log.close();
  expect(await found()).toHaveLength(200);
});

test('goes on in new segments and removes those whose records are in the engine', async () => {
  const { log } = await open({ segmentBytes: 200 });
  for (let index = 1; index <= 10; index++) await log.append(bytes('x'.repeat(100)), durable);
  expect(log.statistics().segments).toBe(10);
  await log.trim(5);
  expect(segments()[0]).toBe('00000000000000000005.wal');
  expect(log.statistics()).toMatchObject({ segments: 6, bytes: 6 * (40 + 36 + 100) });
  await log.close();
  expect((await found()).map((record) => record.split(':')[0])).toEqual(['5', '6', '7', '8', '9', '10']);
});

test('is empty after a close when all is in the engine, and still counts on', async () => {
  const { log } = await open();
  for (let index = 1; index <= 10; index++) await log.append(bytes('x'), durable);
  await log.trim(log.next);
  await log.close();
  expect(segments()).toEqual(['00000000000000000011.wal']);
  expect(await found()).toEqual([]);
  const again = await open();
  expect(again.log.next).toBe(11);
  await again.log.close();
});

test('a large log that is in the engine gives its space back while it runs', async () => {
  const { log } = await open();
  await log.append([Buffer.alloc(5 << 20)], durable);
  await log.trim(log.next);
  expect(log.statistics()).toMatchObject({ segments: 1, bytes: 40 });
  await log.append(bytes('y'), durable);
  await log.close();
  expect(await found()).toEqual(['2:y']);
});

test('a disk without room for a new segment gets rid of old ones all the same', async () => {
  let isFull = false;
  const files: LogFiles = {
    ...nodeFiles,
    create: (path) =>
      isFull
        ? Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
        : nodeFiles.create(path),
  };
  const options = { directory, files, clock: systemClock, logger: silentLogger };
  const { log } = await openLog({ ...options, limits: { segmentBytes: 6 * 2 ** 20 } });
  for (let index = 0; index < 3; index++) await log.append([Buffer.alloc(5 * 2 ** 20, index)], durable);
  isFull = true;
  await log.trim(log.next);
  expect(log.statistics().segments).toBe(1);
  expect(segments()).toEqual(['00000000000000000003.wal']);
  isFull = false;
  await log.trim(log.next);
  expect(log.statistics().bytes).toBe(40);
  await log.close();
});

test('refuses appends after close, and records larger than the limit', async () => {
  const { log } = await open({ recordBytes: 10 });
  await expect(log.append([Buffer.alloc(11)], durable)).rejects.toMatchObject({ code: 'write_too_large' });
  const last = log.append(bytes('kept'), durable);
  const closed = log.close();
  await expect(log.append(bytes('late'), durable)).rejects.toMatchObject({ code: 'ingest_closed' });
  await Promise.all([last, closed]);
  expect(await found()).toEqual(['1:kept']);
});

test('refuses what would make too much wait for the disk', async () => {
  const { log } = await open({ waitingBytes: 100 });
  const first = log.append([Buffer.alloc(90)], durable);
  await expect(log.append([Buffer.alloc(20)], durable)).rejects.toMatchObject({ code: 'write_overloaded' });
  await first;
  expect(await log.append([Buffer.alloc(20)], durable)).toBe(2);
  await log.close();
});

test('cuts a torn tail, and what comes after it is kept', async () => {
  const { log } = await open();
  await log.append(bytes('first'), durable);
  await log.append(bytes('second'), durable);
  await log.close();
  const path = join(directory, segments()[0]!);
  truncateSync(path, readFileSync(path).length - 1);
  expect(await found()).toEqual(['1:first']);
  const again = await open();
  expect(await again.log.append(bytes('third'), durable)).toBe(2);
  await again.log.close();
  expect(await found()).toEqual(['1:first', '2:third']);
});

test('damage before an intact record stops the start and names the way out', async () => {
  const { log } = await open();
  for (const text of ['first', 'second', 'third']) await log.append(bytes(text), durable);
  await log.close();
  const path = join(directory, segments()[0]!);
  const content = readFileSync(path);
  content[content.indexOf('second')]! ^= 1;
  writeFileSync(path, content);
  await expect(open()).rejects.toMatchObject({
    code: 'wal_corrupt',
    message: expect.stringContaining("'influxdb3 repair wal --data-dir D'"),
  });
  expect(readFileSync(path)).toEqual(content);
});

test('a record without a promise is torn, or damaged, by whether a later one was written after its fsync', async () => {
  const { log } = await open();
  await log.append(bytes('weak 1'), { durable: false });
  await log.append(bytes('weak 2'), { durable: false });
  await log.close();
  const path = join(directory, segments()[0]!);
  const spoil = () => {
    const content = readFileSync(path);
    content[content.indexOf('weak 1')]! ^= 1;
    writeFileSync(path, content);
  };
  const content = readFileSync(path);
  spoil();
  expect(await found()).toEqual([]);
  writeFileSync(path, content);
  const again = await open();
  await again.log.append(bytes('strong'), durable);
  await again.log.close();
  spoil();
  await expect(open()).rejects.toMatchObject({ code: 'wal_corrupt' });
});

test('a durable record makes those without a promise before it durable first', async () => {
  const { log } = await open();
  await log.append(bytes('weak'), { durable: false });
  await log.append(bytes('strong'), durable);
  expect(log.statistics().fsyncs).toBe(2);
  await log.close();
  const path = join(directory, segments()[0]!);
  const content = readFileSync(path);
  content[content.indexOf('weak')]! ^= 1;
  writeFileSync(path, content);
  await expect(open()).rejects.toMatchObject({ code: 'wal_corrupt' });
});

test('a segment that is missing, cut short or without a header stops the start', async () => {
  const { log } = await open({ segmentBytes: 100 });
  for (let index = 1; index <= 3; index++) await log.append([Buffer.alloc(60)], durable);
  await log.close();
  const path = join(directory, segments()[1]!);
  const content = readFileSync(path);
  const damages = [
    () => rmSync(path),
    () => writeFileSync(path, content.subarray(0, content.length - 1)),
    () => writeFileSync(path, Buffer.alloc(content.length)),
    () => writeFileSync(path, ''),
  ];
  for (const damage of damages) {
    damage();
    await expect(open()).rejects.toMatchObject({ code: 'wal_corrupt' });
  }
  writeFileSync(path, content);
  expect(await found()).toHaveLength(3);
});

test('a field that holds the bytes of a group is not taken for one when the tail is searched', async () => {
  const other = join(directory, '../other');
  const forged = await openLog({ directory: other, clock: systemClock, logger: silentLogger });
  for (const text of ['a', 'b', 'forged']) await forged.log.append(bytes(text), durable);
  await forged.log.close();
  const group = readFileSync(join(other, readdirSync(other)[0]!)).subarray(40);
  const { log } = await open();
  await log.append(bytes('first'), durable);
  await log.append([group, Buffer.alloc(100)], durable);
  await log.close();
  const path = join(directory, segments()[0]!);
  truncateSync(path, readFileSync(path).length - 1);
  expect(await found()).toEqual(['1:first']);
});
