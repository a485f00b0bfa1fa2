/** Real threads: what they lay, how far ahead they are, and what becomes of a result when something goes wrong. */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Block } from '../../../engine/native/block.ts';
import { encodeBlock } from '../../../engine/native/encode.ts';
import { silentLogger } from '../../../telemetry/logger.ts';
import { FLOAT64, INT64, type ResultColumn, TAG, UTF8 } from '../../types.ts';
import { encodeText } from '../encode.ts';
import type { TextFormat } from '../text-format.ts';
import type { LaidResult } from './text-thread.ts';
import { TextThreads } from './text-threads.ts';

const ROWS = 20_000;
const HOSTS = ['s,1', 's"2', 'ü'];
const columns: ResultColumn[] = [
  { name: 'host', type: TAG, nullable: true },
  { name: 'text', type: UTF8, nullable: false },
  { name: 'a "b"', type: FLOAT64, nullable: true },
  { name: 'f', type: FLOAT64, nullable: false },
  { name: 'n', type: INT64, nullable: false },
];

function blockOf(seed: number): Block {
  const numbers = Array.from({ length: ROWS }, (_, row) => row + seed);
  const texts = numbers.map((number) => Buffer.from(`t${number}`));
  const ends = new Uint32Array(ROWS + 1);
  for (const [row, text] of texts.entries()) ends[row + 1] = ends[row]! + text.length;
  const doubles = Float64Array.from(numbers, (number) => number / 7);
  return {
    rows: ROWS,
    columns: [
      {
        name: 'host',
        type: 'LowCardinality(Nullable(String))',
        vector: {
          kind: 'dictionary',
          dictionary: [null, ...HOSTS],
          indexes: Uint32Array.from(numbers, (number) => number % 4),
        },
      },
      {
        name: 'text',
        type: 'String',
        vector: { kind: 'string', bytes: Buffer.concat(texts), offsets: ends },
      },
      {
        name: 'a "b"',
        type: 'Nullable(Float64)',
        vector: { kind: 'float64', values: doubles },
        nulls: Uint8Array.from(numbers, (number) => (number % 5 === 0 ? 1 : 0)),
      },
      { name: 'f', type: 'Float64', vector: { kind: 'float64', values: doubles.map((value) => -value) } },
      {
        name: 'n',
        type: 'Int64',
        vector: { kind: 'int64', values: BigInt64Array.from(numbers, (number) => BigInt(number) ** 3n) },
      },
    ],
  };
}

const chunkOf = (...seeds: number[]) => Buffer.concat(seeds.flatMap((seed) => encodeBlock(blockOf(seed))));

let threads: TextThreads;

beforeAll(async () => {
  threads = new TextThreads(silentLogger);
  (await openedOn(threads)).end();
});
afterAll(() => threads.close());

/** As soon as a thread is there. */
const openedOn = (owner: TextThreads) =>
  vi.waitFor(() => {
    const result = owner.open(columns, 'json');
    if (result === undefined) throw new Error('no thread is ready');
    return result;
  });

async function wholeOf(result: LaidResult, chunks: readonly Uint8Array[]): Promise<[string, number]> {
  const texts: Uint8Array[] = [];
  let rows = 0;
  for (const chunk of chunks) {
    for await (const part of result.lay(chunk)) {
      expect(part.text.length).toBeGreaterThan(0);
      texts.push(part.text);
      rows += part.rows;
    }
  }
  result.end();
  return [Buffer.concat(texts).toString(), rows];
}

async function inPlace(format: TextFormat, seeds: readonly number[]): Promise<string> {
  async function* blocks() {
    for (const seed of seeds) yield blockOf(seed);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeText(columns, blocks(), format)) chunks.push(chunk);
  const whole = Buffer.concat(chunks).toString();
  // What a thread lays has neither a head nor a tail.
  if (format === 'json') return `,${whole.slice(1, -1)}`;
  return format === 'csv' ? whole.slice(whole.indexOf('\n') + 1) : whole;
}

test.each(['json', 'jsonl', 'csv'] as const)(
  '%s is what is laid in place, and its rows are told',
  async (format) => {
    const result = threads.open(columns, format)!;
    const chunks = [chunkOf(1), chunkOf(ROWS, 7), chunkOf(3)];
    expect(await wholeOf(result, chunks)).toEqual([await inPlace(format, [1, ROWS, 7, 3]), 4 * ROWS]);
  },
);

test('results do not get into each other', async () => {
  const formats = ['json', 'jsonl', 'csv', 'json'] as const;
  const wholes = formats.map((format, index) =>
    wholeOf(threads.open(columns, format)!, [chunkOf(index), chunkOf(index + 9)]),
  );
  for (const [index, format] of formats.entries())
    expect((await wholes[index]!)[0]).toBe(await inPlace(format, [index, index + 9]));
});

test('a thread is ahead of its reader by a bounded amount', async () => {
  const result = threads.open(columns, 'json')!;
  const seeds = Array.from({ length: 10 }, (_, index) => index);
  const whole = (await inPlace('json', seeds)).length;
  const parts = result.lay(chunkOf(...seeds));
  const first = await parts.next();
  await setTimeout(500);
  let ahead = 0;
  // What is there comes at once; the thread needs longer for more.
  const soon = () => setImmediate(undefined);
  for (
    let next: typeof first | undefined = first;
    next?.done === false;
    next = await Promise.race([parts.next(), soon()])
  )
    ahead += next.value.text.length;
  expect(whole).toBeGreaterThan(8e6);
  expect(ahead).toBeLessThan(2.5e6);
  result.end();
});

test('a reader that leaves early leaves the thread to others', async () => {
  const result = threads.open(columns, 'csv')!;
  for await (const _ of result.lay(chunkOf(1, 2, 3, 4, 5, 6))) break;
  result.end();
  expect(await wholeOf(threads.open(columns, 'csv')!, [chunkOf(5)])).toEqual([
    await inPlace('csv', [5]),
    ROWS,
  ]);
});

test('what is no block fails, and nothing else does', async () => {
  const result = threads.open(columns, 'csv')!;
  const good = threads.open(columns, 'csv')!;
  await expect(wholeOf(result, [Uint8Array.of(5, 200, 1, 9)])).rejects.toThrow(/a text thread failed/);
  result.end();
  expect((await wholeOf(good, [chunkOf(8)]))[1]).toBe(ROWS);
});

test('after the end there is no place, and what was under way fails', async () => {
  const own = new TextThreads(silentLogger);
  const result = await openedOn(own);
  const parts = result.lay(chunkOf(1, 2, 3, 4, 5, 6, 7, 8));
  await parts.next();
  await own.close();
  await expect(
    (async () => {
      for await (const _ of parts) {
        // To its end.
      }
    })(),
  ).rejects.toThrow(/a text thread failed/);
  expect(own.open(columns, 'json')).toBeUndefined();
});

test('a process whose results have ended ends by itself, although nobody closed its threads', async () => {
  const script = `
    const { TextThreads } = await import(${JSON.stringify(new URL('./text-threads.ts', import.meta.url).href)});
    const threads = new TextThreads(console);
    let result;
    while ((result = threads.open([], 'json')) === undefined) await new Promise((r) => setTimeout(r, 10));
    result.end();
    console.log('ended');`;
  const file = join(mkdtempSync(join(tmpdir(), 'threads-')), 'ends.mjs');
  writeFileSync(file, script);
  const child = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 });
  expect(child.stdout).toBe('ended\n');
});

test('where no thread can start, one attempt is made, and rows are laid in place', async () => {
  const errors: unknown[] = [];
  const logger = { ...silentLogger, error: (error: unknown) => errors.push(error) };
  const own = new TextThreads(logger as typeof silentLogger, new URL('./no-such-file.ts', import.meta.url));
  expect(own.open(columns, 'json')).toBeUndefined();
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  expect(own.open(columns, 'json')).toBeUndefined();
  await setTimeout(200);
  expect(errors).toHaveLength(1);
  await own.close();
});
