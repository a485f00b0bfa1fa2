/** Columns of granules, decoded: what readings ask for most lies here, the rest is read from its part. */
import type { StoredFieldType, StoredRowsRequest } from '../../stored-rows.ts';
import { type NumberPiece, readNumberPiece, readTimes } from './field-piece.ts';
import { MalformedPart } from './malformed.ts';
import type { PartHeader } from './part-header.ts';
import { PieceCache } from './piece-cache.ts';
import type { StoredFiles } from './stored-file.ts';
import type { PartIndex, StoredPart } from './stored-part.ts';
import { TextRows } from './text-rows.ts';

/** Numbers of a column in a granule are some 8 to 64 KiB, times 64. */
const NUMBERS_BYTES = 64 * 2 ** 20;
const TIMES_BYTES = 32 * 2 ** 20;

type NumberType = Exclude<StoredFieldType, 'string'>;
type Field = StoredRowsRequest['fields'][number];

const TYPES = {
  float: 'Nullable(Float64)',
  integer: 'Nullable(Int64)',
  uinteger: 'Nullable(UInt64)',
  boolean: 'Nullable(Bool)',
  string: 'Nullable(String)',
} as const satisfies Record<StoredFieldType, string>;

export class PartPieces {
  private readonly files: StoredFiles;
  private readonly times = new PieceCache<Float64Array>(TIMES_BYTES, (times) => [times]);
  private readonly numbers = new PieceCache<NumberPiece>(NUMBERS_BYTES, ({ values, nulls }) => [
    values,
    nulls,
  ]);

  constructor(files: StoredFiles) {
    this.files = files;
  }

  hasTimes(part: StoredPart, granule: number): boolean {
    return this.times.has(timesKey(part, granule));
  }

  /** Texts are read anew each time. */
  has(part: StoredPart, field: Field, granule: number): boolean {
    return this.numbers.has(numberKey(part, field.name, granule));
  }

  /** Nanoseconds from the part's origin on. */
  getTimes(part: StoredPart, { layout }: PartIndex, granule: number): Promise<Float64Array> {
    return this.times.get(timesKey(part, granule), () =>
      readTimes(this.files, layout, granule, part.originNs),
    );
  }

  async getNumbers(
    part: StoredPart,
    { header, layout, granules }: PartIndex,
    name: string,
    type: NumberType,
    granule: number,
  ): Promise<NumberPiece> {
    if (!isStored(header, name, type)) {
      const rows = granules[granule + 1]! - granules[granule]!;
      return { values: new Uint8Array(rows), nulls: new Uint8Array(rows).fill(1) };
    }
    return this.numbers.get(numberKey(part, name, granule), () =>
      readNumberPiece(this.files, layout, name, type, granule),
    );
  }

  /** Of the granule's rows before `end`; null: none of them has one. */
  async readTexts(
    { header, layout }: PartIndex,
    name: string,
    granule: number,
    end: number,
  ): Promise<TextRows | null> {
    if (!isStored(header, name, 'string')) return null;
    if (!header.hasSizes) throw new MalformedPart('texts that are stored in another way');
    return TextRows.read(this.files, layout, name, granule, end);
  }

  clear(): void {
    this.times.clear();
    this.numbers.clear();
  }
}

const timesKey = (part: StoredPart, granule: number): string => `${part.id} ${granule}`;
const numberKey = (part: StoredPart, column: string, granule: number): string =>
  `${part.id} ${granule} ${column}`;

/** False: the part was written before the column was there. */
function isStored(header: PartHeader, name: string, type: StoredFieldType): boolean {
  const stored = header.columns.get(name);
  if (stored === undefined) return false;
  if (stored !== TYPES[type] || header.sparse.has(name)) throw new MalformedPart('a column of another type');
  return true;
}
