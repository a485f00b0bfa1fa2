/** What a part says of itself: its columns, how they lie, its times, the first key of each granule. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MalformedPart } from './malformed.ts';
import { unpackFile } from './marks.ts';

export interface PartHeader {
  /** Name -> the engine's type. */
  readonly columns: ReadonlyMap<string, string>;
  /** In the order in which they lie in the file where all of them have one. */
  readonly streams: readonly string[];
  /** Texts are stored as all their lengths and then all their bytes. */
  readonly hasSizes: boolean;
  /** Columns of which only what is not the default is stored. */
  readonly sparse: ReadonlySet<string>;
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly keys: GranuleKeys;
}

const KEY_BYTES = 16 + 8;

/** Series and time of the first row of each granule, and of the last row of all. */
export class GranuleKeys {
  readonly granules: number;
  private readonly view: DataView;

  constructor(content: Uint8Array) {
    this.view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    this.granules = Math.max(0, content.length / KEY_BYTES - 1);
    if (!Number.isInteger(this.granules)) throw new MalformedPart('the primary key is another one');
  }

  timeNs(granule: number): bigint {
    return this.view.getBigInt64(granule * KEY_BYTES + 16, true);
  }

  isSameSeries(a: number, b: number): boolean {
    for (let i = 0; i < 16; i += 4)
      if (this.view.getInt32(a * KEY_BYTES + i) !== this.view.getInt32(b * KEY_BYTES + i)) return false;
    return true;
  }

  /** Whether a row that begins there in `bytes` is of the series. */
  isSeries(granule: number, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < 16; i++)
      if (this.view.getUint8(granule * KEY_BYTES + i) !== bytes[at + i]) return false;
    return true;
  }
}

/** null: the part has no rows, and so no times and no keys. */
export async function readPartHeader(path: string): Promise<PartHeader | null> {
  const text = (name: string) => readFile(join(path, name), 'utf8');
  if ((await text('count.txt')) === '0') return null;
  const [columns, substreams, serialization, times, keys] = await Promise.all([
    text('columns.txt'),
    text('columns_substreams.txt'),
    text('serialization.json'),
    readFile(join(path, 'minmax_time.idx')),
    readFile(join(path, 'primary.cidx')),
  ]);
  if (times.length !== 16) throw new MalformedPart('the times of a part are not known');
  const { sparse, stringVersion } = serializations(serialization);
  return {
    columns: columnTypes(columns),
    streams: streamNames(substreams),
    hasSizes: stringVersion === 1,
    sparse,
    fromNs: times.readBigInt64LE(0),
    toNs: times.readBigInt64LE(8),
    keys: new GranuleKeys(unpackFile(keys)),
  };
}

const COLUMN = /^`([^`\\]+)` (.+)$/;

function columnTypes(text: string): Map<string, string> {
  const [version, count, ...lines] = text.trimEnd().split('\n');
  if (version !== 'columns format version: 1' || count !== `${lines.length} columns:`)
    throw new MalformedPart('the columns of a part are listed in another way');
  return new Map(
    lines.map((line): [string, string] => {
      const [, name, type] = COLUMN.exec(line) ?? [];
      if (name === undefined || type === undefined)
        throw new MalformedPart('the columns of a part are listed in another way');
      return [name, type];
    }),
  );
}

function streamNames(text: string): string[] {
  const [version, , ...lines] = text.trimEnd().split('\n');
  if (version !== 'columns substreams version: 1')
    throw new MalformedPart('the streams of a part are listed in another way');
  return lines.filter((line) => line.startsWith('\t')).map((line) => line.slice(1));
}

interface Serialization {
  readonly version?: unknown;
  readonly columns?: readonly { readonly name?: unknown; readonly kind?: unknown }[];
  readonly types_serialization_versions?: { readonly string?: unknown };
}

function serializations(text: string): {
  readonly sparse: ReadonlySet<string>;
  readonly stringVersion: number;
} {
  const content = JSON.parse(text) as Serialization;
  const stringVersion = content.types_serialization_versions?.string ?? 0;
  if (content.version !== 1 || !Array.isArray(content.columns) || typeof stringVersion !== 'number')
    throw new MalformedPart('the columns of a part are stored in another way');
  const other = content.columns.filter(({ kind }) => kind !== 'Default');
  return { sparse: new Set(other.map(({ name }) => String(name))), stringVersion };
}
