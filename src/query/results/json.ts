/** `json` and `jsonl`: one object a row, without its nulls. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultColumn } from '../types.ts';
import { ByteSink } from './byte-sink.ts';
import type { Cell } from './cell.ts';
import { createCell } from './cells.ts';
import { CHUNK_BYTES } from './chunk.ts';

const COMMA = 44;
const NEWLINE = 10;

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
  const keys = columns.map((column) => Buffer.from(`${JSON.stringify(column.name)}:`, 'utf8'));
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

function writeObject(sink: ByteSink, keys: readonly Buffer[], cells: readonly Cell[], row: number): void {
  let separator = 123; // {
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index]!;
    if (cell.nulls !== undefined && cell.nulls[row] === 1) continue;
    sink.byte(separator);
    separator = COMMA;
    const key = keys[index]!;
    sink.bytes(key, 0, key.length);
    cell.write(row);
  }
  if (separator !== COMMA) sink.byte(123);
  sink.byte(125);
}
