/** `csv` after RFC 4180, lines ended by `\n`; the header comes with the first row, so no rows means no bytes. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultColumn } from '../types.ts';
import { ByteSink } from './byte-sink.ts';
import { createCell } from './cells.ts';
import { CHUNK_BYTES } from './chunk.ts';
import { writeCsvField } from './text-bytes.ts';

const COMMA = 44;
const NEWLINE = 10;

export async function* encodeCsv(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array> {
  const sink = new ByteSink(CHUNK_BYTES + 4096);
  let headerDue = true;
  for await (const block of blocks) {
    if (block.rows === 0) continue;
    if (headerDue) writeHeader(sink, columns);
    headerDue = false;
    const cells = columns.map((column, index) => createCell(sink, column.type, block.columns[index]!, 'csv'));
    for (let row = 0; row < block.rows; row++) {
      const start = sink.position;
      for (let index = 0; index < cells.length; index++) {
        if (index > 0) sink.byte(COMMA);
        const cell = cells[index]!;
        if (cell.nulls === undefined || cell.nulls[row] !== 1) cell.write(row);
      }
      // A record of one empty field would be an empty line, which readers skip: it is written as "".
      if (sink.position === start) sink.ascii('""');
      sink.byte(NEWLINE);
      if (sink.position >= CHUNK_BYTES) yield sink.take();
    }
  }
  if (sink.position > 0) yield sink.take();
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
