/** `csv` after RFC 4180, lines ended by `\n`; the header comes with the first row, so no rows means no bytes. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultColumn } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import { chunkSink } from './chunk.ts';
import { PieceRows } from './piece-rows.ts';
import { writeCsvField } from './text-bytes.ts';

const COMMA = 44;
const NEWLINE = 10;

export async function* encodeCsv(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array> {
  const sink = chunkSink();
  const keys = columns.map((_, index) => {
    const key = Buffer.from(index === 0 ? '' : ',');
    return { key, nullKey: key };
  });
  const rows = new PieceRows(columns, { cells: 'csv', keys, rows: 'lines' }, sink);
  let headerDue = true;
  for await (const block of blocks) {
    if (headerDue && block.rows > 0) {
      writeHeader(sink, columns);
      headerDue = false;
    }
    for (const _ of rows.write(block)) yield sink.take();
  }
  if (sink.position > 0) yield sink.view();
}

function writeHeader(sink: ByteSink, columns: readonly ResultColumn[]): void {
  columns.forEach((column, index) => {
    if (index > 0) sink.byte(COMMA);
    const name = Buffer.from(column.name, 'utf8');
    writeCsvField(sink, name, 0, name.length);
  });
  if (sink.position === 0) sink.ascii('""');
  sink.byte(NEWLINE);
}
