/** Texts of rows. */
import { MalformedPart } from './malformed.ts';
import { type PartLayout, packedFile } from './part-layout.ts';
import { readNulls } from './field-piece.ts';
import type { StoredFiles } from './stored-file.ts';

/** More is left to the engine: it reads on other threads. */
const MAXIMUM_BYTES = 4 * 2 ** 20;

/** Of one column in a granule, read once for all runs of rows in it: a granule may have a run for each row. */
export class TextRows {
  private readonly bytes: Buffer;
  /** Where in the bytes the text of each row begins, and the last ends. */
  private readonly starts: Uint32Array;
  private readonly nulls: Uint8Array | null;

  private constructor(bytes: Buffer, starts: Uint32Array, nulls: Uint8Array | null) {
    this.bytes = bytes;
    this.starts = starts;
    this.nulls = nulls;
  }

  /** Has the rows before `end`. */
  static async read(
    files: StoredFiles,
    layout: PartLayout,
    column: string,
    granule: number,
    end: number,
  ): Promise<TextRows> {
    const [nulls, sizes, texts] = await Promise.all([
      readNulls(files, layout, column, granule),
      layout.stream(column, 'size'),
      layout.stream(column, ''),
    ]);
    const { marks, index } = sizes;
    const lengths = await packedFile(files, sizes).read(
      marks.block(granule, index),
      marks.within(granule, index),
      end * 8,
    );
    const starts = startsOf(lengths, end);
    const bytes = await packedFile(files, texts).read(
      texts.marks.block(granule, texts.index),
      texts.marks.within(granule, texts.index),
      starts[end]!,
    );
    return new TextRows(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), starts, nulls);
  }

  get byteLength(): number {
    return this.starts[this.starts.length - 1]!;
  }

  slice(start: number, end: number): (string | null)[] {
    const { bytes, starts, nulls } = this;
    const values: (string | null)[] = [];
    for (let row = start; row < end; row++) {
      values.push(nulls?.[row] === 1 ? null : bytes.toString('utf8', starts[row], starts[row + 1]));
    }
    return values;
  }
}

function startsOf(lengths: Uint8Array, rows: number): Uint32Array {
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  const starts = new Uint32Array(rows + 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    at += view.getUint32(row * 8, true) + view.getUint32(row * 8 + 4, true) * 2 ** 32;
    if (at > MAXIMUM_BYTES) throw new MalformedPart('texts that are too long to read past the engine');
    starts[row + 1] = at;
  }
  return starts;
}
