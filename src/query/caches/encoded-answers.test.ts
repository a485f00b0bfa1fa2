import { expect, test } from 'vitest';
import type { Block, ColumnVector } from '../../engine/native/block.ts';
import type { ResultFormat } from '../query.ts';
import { type ResultColumn, UTF8 } from '../types.ts';
import { EncodedAnswers } from './encoded-answers.ts';

const vectorOf = (texts: readonly string[]): ColumnVector => {
  const offsets = new Uint32Array(texts.length + 1);
  for (const [row, text] of texts.entries()) offsets[row + 1] = offsets[row]! + Buffer.byteLength(text);
  return { kind: 'string', bytes: Buffer.from(texts.join('')), offsets };
};
const blockOf = (vector: ColumnVector, rows: number): Block => ({
  rows,
  columns: [{ name: 'v', type: 'String', vector }],
});
const columnsOf = (name: string): ResultColumn[] => [{ name, type: UTF8, nullable: false }];

async function chunksOf(
  answers: EncodedAnswers,
  block: Block,
  name = 'v',
  format: ResultFormat = 'json',
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answers.encode(columnsOf(name), block, format)) chunks.push(chunk);
  return chunks;
}

test('columns that were sent twice are not encoded a third time, in that format and under those names', async () => {
  const answers = new EncodedAnswers();
  const vector = vectorOf(['a', 'b']);
  const first = await chunksOf(answers, blockOf(vector, 2));
  const second = await chunksOf(answers, blockOf(vector, 2));
  const third = await chunksOf(answers, blockOf(vector, 2));
  expect(String(Buffer.concat(first))).toBe('[{"v":"a"},{"v":"b"}]');
  expect(second).toEqual(first);
  expect(second[0]).not.toBe(first[0]);
  expect(third[0]).toBe(second[0]);
  expect(String(Buffer.concat(await chunksOf(answers, blockOf(vector, 2), 'w')))).toBe(
    '[{"w":"a"},{"w":"b"}]',
  );
  expect(String(Buffer.concat(await chunksOf(answers, blockOf(vector, 2), 'v', 'csv')))).toBe('v\na\nb\n');
});

test('other columns are another answer, equal or not', async () => {
  const answers = new EncodedAnswers();
  for (let round = 0; round < 3; round++) await chunksOf(answers, blockOf(vectorOf(['a']), 1));
  const changed = await chunksOf(answers, blockOf(vectorOf(['b']), 1));
  expect(String(Buffer.concat(changed))).toBe('[{"v":"b"}]');
});

test('a reader that leaves early leaves nothing behind', async () => {
  const answers = new EncodedAnswers();
  const vector = vectorOf(Array.from({ length: 50_000 }, (_, i) => `value_${i}`));
  const block = blockOf(vector, 50_000);
  const whole = Buffer.concat(await chunksOf(answers, block));
  for await (const _ of answers.encode(columnsOf('v'), block, 'json')) break;
  expect(Buffer.concat(await chunksOf(answers, block))).toEqual(whole);
});

test('what is kept is bounded', async () => {
  const answers = new EncodedAnswers();
  const blocks = Array.from({ length: 40 }, (_, i) => blockOf(vectorOf([`${i}`.repeat(500_000)]), 1));
  const second: Uint8Array[] = [];
  for (const block of blocks) {
    await chunksOf(answers, block);
    second.push((await chunksOf(answers, block))[0]!);
  }
  const isKept = async (index: number) => (await chunksOf(answers, blocks[index]!))[0] === second[index];
  expect(await isKept(39)).toBe(true);
  expect(await isKept(0)).toBe(false);
});
