/** `json` and `jsonl`: one object a row, without its nulls. */
import type { ResultColumn } from '../types.ts';
import { chunkSink } from './chunk.ts';
import { PieceRows, type Rows } from './piece-rows.ts';
import { rowStyle } from './text-format.ts';

const OPEN = 91;

export async function* encodeJson(
  columns: readonly ResultColumn[],
  rows: AsyncIterable<Rows>,
  format: 'json' | 'jsonl',
): AsyncGenerator<Uint8Array> {
  const isArray = format === 'json';
  const sink = chunkSink();
  const laid = new PieceRows(columns, rowStyle(columns, format), sink);
  let anyRow = false;
  /** The comma before the first row is where the array begins. */
  const begin = (chunk: Uint8Array) => {
    if (isArray && !anyRow) chunk[0] = OPEN;
    anyRow = true;
  };
  for await (const each of rows) {
    for (const chunk of laid.write(each)) {
      begin(chunk);
      yield chunk;
    }
  }
  if (isArray && !anyRow && sink.position === 0) sink.byte(OPEN);
  begin(sink.buffer);
  if (isArray) sink.ascii(']');
  if (sink.position > 0) yield sink.view();
}
