/** The value of a tag of each run of a part: rows of a series have the same. */
import { uint32 } from './compressed-block.ts';
import { MalformedPart } from './malformed.ts';
import type { PackedFile } from './packed-file.ts';
import { type PartLayout, packedFile, type Stream } from './part-layout.ts';
import type { SeriesRuns } from './series-runs.ts';
import type { StoredFiles } from './stored-file.ts';
import { type Dictionary, readKeys, TagDictionaries } from './tag-dictionaries.ts';

export interface TagValues {
  /** Of each run: its value's number. */
  readonly codes: Uint32Array;
  readonly values: readonly (string | null)[];
  readonly numbers: ReadonlyMap<string | null, number>;
}

export function missingTag({ count }: SeriesRuns): TagValues {
  return { codes: new Uint32Array(count), values: [null], numbers: new Map([[null, 0]]) };
}

/** Values of the part's lists are used, values of its own, a list that was not used before. */
const SHARED = 1 << 8;
const OWN = 1 << 9;
const NEXT_LIST = 1 << 10;
const WIDTH = 0xff;

export interface TagReading {
  readonly files: StoredFiles;
  readonly layout: PartLayout;
  readonly column: string;
  readonly runs: SeriesRuns;
  /** First row of each granule, and the number of all rows. */
  readonly granules: Uint32Array;
  pause(): Promise<void>;
}

export async function readTagValues(reading: TagReading): Promise<TagValues> {
  const { files, layout, column, runs, granules } = reading;
  const stream = await layout.stream(column, '');
  const file = packedFile(files, stream);
  const dictionaries = new TagDictionaries(await layout.stream(column, 'dict'));
  const numbers = new Map<string | null, number>();
  const values: (string | null)[] = [];
  const codes = new Uint32Array(runs.count);
  const number = (value: string | null): number => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, values.length);
    return values.push(value) - 1;
  };
  for (let granule = 0, run = 0; run < runs.count; granule++) {
    const end = granules[granule + 1]!;
    if (runs.starts[run]! >= end) continue;
    const read = await readIndexes(file, stream, granule, dictionaries);
    for (; run < runs.count && runs.starts[run]! < end; run++)
      codes[run] = number(read(runs.starts[run]! - granules[granule]!));
    await reading.pause();
  }
  return { codes, values, numbers };
}

/** Numbers of values, as they were written at once. */
interface Piece {
  readonly rows: number;
  /** Place and width (1, 2 or 4 bytes) of the numbers. */
  readonly at: number;
  readonly width: number;
  readonly values: Dictionary;
}

/** The value of a row of the granule. */
async function readIndexes(
  file: PackedFile,
  { marks, index, size }: Stream,
  granule: number,
  dictionaries: TagDictionaries,
): Promise<(row: number) => string | null> {
  const end = marks.end(granule, index, size);
  const bytes = await file.readBlocks(marks.block(granule, index), marks.within(granule, index), end);
  const pieces: Piece[] = [];
  let list = 0;
  // A merge writes a granule in several pieces.
  for (let rows = 0, at = 0; rows < marks.rows(granule); ) {
    const piece = await readPiece(bytes, at, (isNext) => {
      // Where the granule begins the mark says already which one it is.
      if (isNext && pieces.length > 0) list++;
      return dictionaries.of(granule, list);
    });
    pieces.push(piece);
    rows += piece.rows;
    at = piece.at + piece.rows * piece.width;
    if (piece.rows === 0 || rows > marks.rows(granule) || at > bytes.length)
      throw new MalformedPart('a granule with another number of rows');
  }
  return (row) => {
    let rest = row;
    let next = 0;
    while (rest >= pieces[next]!.rows) rest -= pieces[next++]!.rows;
    const piece = pieces[next]!;
    const value = piece.values[numberAt(bytes, piece.at + rest * piece.width, piece.width)];
    if (value === undefined) throw new MalformedPart('a tag without a value');
    return value;
  };
}

/** `listOf`: of the list in use, or of the one after it. */
async function readPiece(
  bytes: Uint8Array,
  from: number,
  listOf: (isNext: boolean) => Promise<Dictionary>,
): Promise<Piece> {
  const kind = uint32(bytes, from);
  const width = 1 << (kind & WIDTH);
  if (width > 4) throw new MalformedPart('numbers of tags of another width');
  const isShared = (kind & SHARED) !== 0;
  let values: Dictionary = isShared ? await listOf((kind & NEXT_LIST) !== 0) : [];
  let at = from + 8;
  if ((kind & OWN) !== 0) {
    const own = readKeys(bytes, at);
    at = own.end;
    // Where nothing is shared the first one stands for no value.
    values = isShared ? [...values, ...own.values] : [null, ...own.values.slice(1)];
  }
  return { rows: uint32(bytes, at), at: at + 8, width, values };
}

function numberAt(bytes: Uint8Array, at: number, width: number): number {
  if (width === 1) return bytes[at]!;
  return width === 2 ? bytes[at]! | (bytes[at + 1]! << 8) : uint32(bytes, at);
}
