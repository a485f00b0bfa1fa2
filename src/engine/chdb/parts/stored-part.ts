/** One part of a table, which never changes: what is known of it is kept as long as it is there. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MalformedPart } from './malformed.ts';
import { type PartHeader, readPartHeader } from './part-header.ts';
import { type PartLayout, partLayout } from './part-layout.ts';
import type { PartName } from './part-name.ts';
import { granuleStarts, readSeriesRuns, type SeriesRuns } from './series-runs.ts';
import type { StoredFiles } from './stored-file.ts';
import { missingTag, readTagValues, type TagValues } from './tag-values.ts';

/** Of `partition` in `table-layout.ts`: weeks, counted from there. */
const PARTITION_NS = 604_800_000_000_000n;
const FIRST_PARTITION = 20_000n;

const TAG_TYPE = 'LowCardinality(Nullable(String))';

/** Its name, its type, its streams. */
const COLUMN_BYTES = 500;
/** Its key, its first row, and marks of some columns. */
const GRANULE_BYTES = 200;

/** Runs and granules of a part, which must be found before anything of it is read. */
export interface PartIndex {
  readonly header: PartHeader;
  readonly layout: PartLayout;
  readonly runs: SeriesRuns;
  /** First row of each granule, and the number of all rows. */
  readonly granules: Uint32Array;
}

let nextId = 0;

export class StoredPart {
  /** Of this part alone, also when one of its name comes again. */
  readonly id = nextId++;
  readonly name: PartName;
  readonly path: string;
  /** Within ±2^53 nanoseconds of every time in it. */
  readonly originNs: bigint;
  /** Which directory it is: another one may get its name. */
  private readonly inode: number;
  private readonly files: StoredFiles;
  private readonly pause: () => Promise<void>;
  private header: Promise<PartHeader | null> | undefined;
  private index: Promise<PartIndex> | undefined;
  private readonly tags = new Map<string, Promise<TagValues>>();
  private readonly readyTags = new Set<string>();
  private isIndexed = false;
  private runs = 0;
  private headerBytes = 0;

  constructor(table: string, name: PartName, files: StoredFiles, pause: () => Promise<void>) {
    this.name = name;
    this.path = join(table, name.name);
    this.originNs = (BigInt(name.partition) - FIRST_PARTITION) * PARTITION_NS;
    this.inode = statSync(this.path).ino;
    this.files = files;
    this.pause = pause;
  }

  isStill(): boolean {
    return statSync(this.path, { throwIfNoEntry: false })?.ino === this.inode;
  }

  /** Whether its week has a time within the bounds. Weeks before 1970 are counted towards it. */
  mayHold(fromNs: bigint, toNs: bigint): boolean {
    return this.originNs + PARTITION_NS > fromNs && this.originNs - PARTITION_NS < toNs;
  }

  /** null: it has no rows. */
  getHeader(): Promise<PartHeader | null> {
    this.header ??= kept(this.readHeader(), () => (this.header = undefined));
    return this.header;
  }

  getIndex(): Promise<PartIndex> {
    this.index ??= kept(this.readIndex(), () => (this.index = undefined));
    return this.index;
  }

  getTag(column: string): Promise<TagValues> {
    let tag = this.tags.get(column);
    if (tag === undefined) {
      tag = kept(this.readTag(column), () => this.tags.delete(column));
      this.tags.set(column, tag);
    }
    return tag;
  }

  /** Whether its index and these tags are known by now. */
  isReady(tags: Iterable<string>): boolean {
    if (!this.isIndexed) return false;
    for (const tag of tags) if (!this.readyTags.has(tag)) return false;
    return true;
  }

  /** Of what is known of it, about. */
  get bytes(): number {
    return this.headerBytes + this.runs * 4 * (1 + this.tags.size);
  }

  private async readHeader(): Promise<PartHeader | null> {
    const header = await readPartHeader(this.path);
    if (header !== null)
      this.headerBytes = header.columns.size * COLUMN_BYTES + header.keys.granules * GRANULE_BYTES;
    return header;
  }

  private async readIndex(): Promise<PartIndex> {
    const header = await this.getHeader();
    if (header === null) throw new MalformedPart('a part without rows');
    if (header.columns.has('_row_exists')) throw new MalformedPart('a part with deleted rows');
    const layout = await partLayout(this.path, header.streams);
    const stream = await layout.stream('__series', '');
    const isKnown = header.columns.get('__series') === 'UInt128' && !header.sparse.has('__series');
    if (!isKnown || stream.marks.granules !== header.keys.granules)
      throw new MalformedPart('a part without series');
    const runs = await readSeriesRuns(this.files, stream, header.keys, this.pause);
    this.runs = runs.count;
    this.isIndexed = true;
    return { header, layout, runs, granules: granuleStarts(stream) };
  }

  private async readTag(column: string): Promise<TagValues> {
    const values = await this.readTagValues(column);
    this.readyTags.add(column);
    return values;
  }

  private async readTagValues(column: string): Promise<TagValues> {
    const { header, layout, runs, granules } = await this.getIndex();
    const type = header.columns.get(column);
    // Written before the tag was there.
    if (type === undefined) return missingTag(runs);
    if (type !== TAG_TYPE || header.sparse.has(column)) throw new MalformedPart('a tag of another type');
    return readTagValues({ files: this.files, layout, column, runs, granules, pause: this.pause });
  }
}

/** A part that is not what was expected stays that; a disk that cannot be read may be read again. */
function kept<T>(promise: Promise<T>, forget: () => void): Promise<T> {
  promise.catch((error) => {
    if (!(error instanceof MalformedPart)) forget();
  });
  return promise;
}
