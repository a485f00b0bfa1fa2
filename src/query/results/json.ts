/** `json` and `jsonl`: one object a row, without its nulls. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultColumn } from '../types.ts';
import { ByteSink } from './byte-sink.ts';
import type { Cell } from './cell.ts';
import { createCell } from './cells.ts';
import { CHUNK_BYTES } from './chunk.ts';

const COMMA = 44;
const NEWLINE = 10;
const OPEN = 123;
const CLOSE = 125;

export function encodeJson(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
): AsyncIterable<Uint8Array> {
  return encodeObjects(columns, blocks, true);
}

export function encodeJsonLines(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
): AsyncIterable<Uint8Array> {
  return encodeObjects(columns, blocks, false);
}

async function* encodeObjects(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
  array: boolean,
): AsyncGenerator<Uint8Array> {
  const sink = new ByteSink(CHUNK_BYTES + 4096);
  const keysAfter = (separator: string) =>
    columns.map(({ name }) => Buffer.from(`${separator}${JSON.stringify(name)}:`, 'utf8'));
  const keys = { first: keysAfter('{'), later: keysAfter(',') };
  let anyRow = false;
  if (array) sink.ascii('[');
  for await (const block of blocks) {
    const cells = columns.map((column, index) =>
      createCell(sink, column.type, block.columns[index]!, 'json'),
    );
    for (let row = 0; row < block.rows; row++) {
      if (array && anyRow) sink.byte(COMMA);
      anyRow = true;
      writeObject(sink, keys, cells, row);
      if (!array) sink.byte(NEWLINE);
      if (sink.position >= CHUNK_BYTES) yield sink.take();
    }
  }
  if (array) sink.ascii(']');
  if (sink.position > 0) yield sink.take();
}

interface Keys {
  readonly first: readonly Buffer[];
  readonly later: readonly Buffer[];
}

function writeObject(sink: ByteSink, { first, later }: Keys, cells: readonly Cell[], row: number): void {
  let keys = first;
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index]!;
    if (cell.nulls !== undefined && cell.nulls[row] === 1) continue;
    const key = keys[index]!;
    keys = later;
    sink.bytes(key, 0, key.length);
    cell.write(row);
  }
  if (keys === first) sink.byte(OPEN);
  sink.byte(CLOSE);
}
