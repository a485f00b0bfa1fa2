/** `csv` after RFC 4180, lines ended by `\n`; the header comes with the first row, so no rows means no bytes. */
import type { ResultColumn } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import { chunkSink } from './chunk.ts';
import { PieceRows, type Rows } from './piece-rows.ts';
import { writeCsvField } from './text-bytes.ts';
import { rowStyle } from './text-format.ts';

const COMMA = 44;
const NEWLINE = 10;

export async function* encodeCsv(
  columns: readonly ResultColumn[],
  rows: AsyncIterable<Rows>,
): AsyncGenerator<Uint8Array> {
  const sink = chunkSink();
  const laid = new PieceRows(columns, rowStyle(columns, 'csv'), sink);
  let headerDue = true;
  for await (const each of rows) {
    if (headerDue && (each instanceof Uint8Array || each.rows > 0)) {
      writeHeader(sink, columns);
      headerDue = false;
    }
    yield* laid.write(each);
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
