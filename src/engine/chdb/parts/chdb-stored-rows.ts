/** Rows of tables read from the parts that the engine in this process stores, past the engine (ADR 11). */
import { join } from 'node:path';
import type { Turns } from '../../../platform/turns.ts';
import type { StoredRows, StoredRowsRequest, StoredRun } from '../../stored-rows.ts';
import { MalformedPart } from './malformed.ts';
import type { PartHeader } from './part-header.ts';
import { PartIndexer } from './part-indexer.ts';
import { fileName } from './part-layout.ts';
import { PartPieces } from './part-pieces.ts';
import { PartReading, tagsOf } from './part-reading.ts';
import { StoredFiles } from './stored-file.ts';
import type { StoredPart } from './stored-part.ts';
import { TableParts } from './table-parts.ts';

/** Each takes this thread less than a tenth of a millisecond; more are left to the engine, which has others. */
const MAXIMUM_MISSES = 256;
/** Granules of parts that are not known yet and are looked through at once, some thousandths of a second. */
const MAXIMUM_UNKNOWN = 32;
/** Begun together: where the disk is slow they wait for it together. */
const LOADS_AT_ONCE = 6;

export interface ChdbStoredRowsOptions {
  /** The engine's own directory. */
  readonly enginePath: string;
  readonly turns: Pick<Turns, 'goOn' | 'isOver'>;
  readonly nowNs: () => bigint;
}

export class ChdbStoredRows implements StoredRows {
  private readonly enginePath: string;
  private readonly files = new StoredFiles();
  private readonly pieces = new PartPieces(this.files);
  private readonly indexer = new PartIndexer();
  private readonly tables: TableParts;
  private readonly pause: () => Promise<void>;

  constructor({ enginePath, turns, nowNs }: ChdbStoredRowsOptions) {
    this.enginePath = enginePath;
    this.pause = async () => {
      if (turns.isOver) await turns.goOn();
    };
    this.tables = new TableParts(this.files, this.pause, nowNs);
  }

  async read(request: StoredRowsRequest): Promise<readonly StoredRun[] | null> {
    try {
      return await this.readParts(request);
    } catch (error) {
      // A part can go away at any moment, and the engine knows what to do about a broken one.
      if (error instanceof MalformedPart || isOfTheDisk(error)) return null;
      throw error;
    }
  }

  /** Forgets everything that is known of parts. */
  clear(): void {
    this.indexer.clear();
    this.tables.clear();
    this.pieces.clear();
    this.files.close();
  }

  private async readParts(request: StoredRowsRequest): Promise<readonly StoredRun[] | null> {
    const { table, fromNs, toNs, signal } = request;
    if (request.tagFilter.size === 0) return null;
    const link = join(this.enginePath, 'data', fileName(table.database), fileName(table.table));
    const parts = await partsWithin(this.tables.list(link), fromNs, toNs);
    if (!this.areKnown(parts, request)) return null;
    const readings = await Promise.all(
      parts.map(({ part }) => PartReading.begin(this.pieces, part, request)),
    );
    if (sum(readings, ({ rows }) => rows) > request.maximumRows) return null;
    if (sum(readings, ({ misses }) => misses) > MAXIMUM_MISSES) return null;
    const loads = readings.flatMap((reading) => [...reading.loads()]);
    for (let next = 0; next < loads.length; next += LOADS_AT_ONCE) {
      if (next > 0) await this.pause();
      signal?.throwIfAborted();
      await Promise.all(loads.slice(next, next + LOADS_AT_ONCE).map((load) => load()));
    }
    return (await Promise.all(readings.map((reading) => reading.runs()))).flat();
  }

  /** Large ones that are not will be soon. */
  private areKnown(parts: readonly PartWithin[], request: StoredRowsRequest): boolean {
    const wanted = [...tagsOf(request)];
    const unknown = parts.filter(({ part }) => !part.isReady(wanted));
    if (sum(unknown, ({ header }) => header.keys.granules) <= MAXIMUM_UNKNOWN) return true;
    this.indexer.add(
      unknown.map(({ part }) => part),
      wanted,
    );
    return false;
  }
}

interface PartWithin {
  readonly part: StoredPart;
  readonly header: PartHeader;
}

/** Those that may hold a time within the bounds. */
async function partsWithin(
  parts: readonly StoredPart[],
  fromNs: bigint,
  toNs: bigint,
): Promise<PartWithin[]> {
  const near = parts.filter((part) => part.mayHold(fromNs, toNs));
  const found = await Promise.all(
    near.map(async (part) => {
      const header = await part.getHeader();
      // What removed all rows of a part left one without any.
      return header === null || header.toNs < fromNs || header.fromNs > toNs ? [] : [{ part, header }];
    }),
  );
  return found.flat();
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

const isOfTheDisk = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException).code === 'string';
