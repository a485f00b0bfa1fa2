/** `json` and `jsonl`: one object a row, without its nulls. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultColumn } from '../types.ts';
import { chunkSink } from './chunk.ts';
import { PieceRows } from './piece-rows.ts';

const NOTHING = Buffer.alloc(0);
const OPEN = 91;

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
  const sink = chunkSink();
  const keys = columns.map(({ name }) => ({
    key: Buffer.from(`,${JSON.stringify(name)}:`, 'utf8'),
    nullKey: NOTHING,
  }));
  const rows = new PieceRows(columns, { cells: 'json', keys, rows: array ? 'array' : 'lines' }, sink);
  let anyRow = false;
  /** The comma before the first row is where the array begins. */
  const begin = () => {
    if (array && !anyRow) sink.buffer[0] = OPEN;
    anyRow = true;
  };
  for await (const block of blocks) {
    for (const _ of rows.write(block)) {
      begin();
      yield sink.take();
    }
  }
  if (array && !anyRow && sink.position === 0) sink.byte(OPEN);
  begin();
  if (array) sink.ascii(']');
  if (sink.position > 0) yield sink.view();
}
