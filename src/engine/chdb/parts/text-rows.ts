/** Texts of some rows of a granule. */
import { MalformedPart } from './malformed.ts';
import { type PartLayout, packedFile } from './part-layout.ts';
import { readNulls } from './field-piece.ts';
import type { StoredFiles } from './stored-file.ts';

/** More is left to the engine: it reads on other threads. */
const MAXIMUM_BYTES = 4 * 2 ** 20;

/** In their places; those of other rows are not filled. */
export async function readTexts(
  files: StoredFiles,
  layout: PartLayout,
  column: string,
  granule: number,
  start: number,
  end: number,
): Promise<(string | null)[]> {
  const [nulls, sizes, texts] = await Promise.all([
    readNulls(files, layout, column, granule),
    layout.stream(column, 'size'),
    layout.stream(column, ''),
  ]);
  const { marks, index } = sizes;
  const rows = marks.rows(granule);
  const lengths = await packedFile(files, sizes).read(
    marks.block(granule, index),
    marks.within(granule, index),
    rows * 8,
  );
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  const length = (row: number) => view.getUint32(row * 8, true) + view.getUint32(row * 8 + 4, true) * 2 ** 32;
  let before = 0;
  for (let row = 0; row < start; row++) before += length(row);
  let wanted = 0;
  for (let row = start; row < end; row++) wanted += length(row);
  if (before + wanted > MAXIMUM_BYTES)
    throw new MalformedPart('texts that are too long to read past the engine');
  const within = texts.marks.within(granule, texts.index);
  const bytes = await packedFile(files, texts).read(
    texts.marks.block(granule, texts.index),
    within,
    before + wanted,
  );
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const values: (string | null)[] = new Array<string | null>(end).fill(null);
  for (let row = start, at = before; row < end; row++) {
    const next = at + length(row);
    values[row] = nulls?.[row] === 1 ? null : buffer.toString('utf8', at, next);
    at = next;
  }
  return values;
}
