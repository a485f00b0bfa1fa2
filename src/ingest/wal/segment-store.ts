/**
 * The segments of an open log: writes groups into the newest one, goes on in a new one, removes old ones.
 * One call at a time: `GroupCommit` sees to that.
 *
 * After a failed write the file is cut back to its last good length. After a failed fsync nothing can be
 * said about what the file holds behind the last good fsync (the kernel may have dropped the pages and
 * marked them clean), so the log goes on in a new segment, whose header says from where the old one is not
 * to be trusted.
 */
import { join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import { type LogFile, type LogFiles, writeWhole } from './files.ts';
import {
  encodeGroupStart,
  encodeSegmentHeader,
  GROUP_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentName,
} from './format.ts';

export interface GroupRecord {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
}

interface Segment {
  readonly path: string;
  readonly first: number;
  readonly sealedFrom: number;
  bytes: number;
}

interface ActiveSegment extends Segment {
  readonly file: LogFile;
}

export interface SegmentStoreOptions {
  readonly directory: string;
  readonly files: LogFiles;
  readonly logger: Logger;
  readonly salt: Uint8Array;
  readonly segmentBytes: number;
  /** Called around each fsync of data; gives what to call when it has ended. */
  readonly timeSync: () => () => void;
}

/** A caught-up log smaller than this is not worth a new file; the engine merges what is replayed twice. */
const RECLAIM_BYTES = 4 << 20;

/** One that is left behind goes at the next start, like an unfinished segment. */
const PROBE_NAME = 'probe.wal.tmp';
const PROBE_BYTES = 256 << 10;

export class SegmentStore {
  private readonly options: SegmentStoreOptions;
  /** Closed segments, oldest first. */
  private readonly old: Segment[] = [];
  private active: ActiveSegment | undefined;
  /** The active file must not be written any more: it cannot be trusted, or a new segment may exist already. */
  private mustRotate = false;
  /** Records before this are known to be on disk. */
  private synced: number;
  private nextSequence: number;

  constructor(options: SegmentStoreOptions, next: number) {
    this.options = options;
    this.nextSequence = next;
    this.synced = next;
  }

  get next(): number {
    return this.nextSequence;
  }

  get bytes(): number {
    return this.old.reduce((sum, segment) => sum + segment.bytes, this.active?.bytes ?? 0);
  }

  get segments(): number {
    return this.old.length + (this.active === undefined ? 0 : 1);
  }

  /** A segment that a restart found, oldest first; the last one is gone on with. */
  adopt(segment: Segment, file: LogFile | undefined): void {
    if (file === undefined) this.old.push(segment);
    else this.active = { ...segment, file };
  }

  /** Appends a group; gives its first sequence. When it throws, no record of the group is in the log. */
  async append(records: readonly GroupRecord[], durable: boolean): Promise<number> {
    const first = this.nextSequence;
    let bytes = GROUP_HEADER_BYTES + records.length * 4;
    const chunks: Uint8Array[] = [];
    for (const record of records) {
      bytes += record.bytes;
      for (const chunk of record.chunks) chunks.push(chunk);
    }
    const segment = await this.segmentFor(bytes, durable);
    const start = encodeGroupStart(this.options.salt, { first, synced: this.synced }, records);
    try {
      await writeWhole(segment.file, [start, ...chunks], segment.bytes);
    } catch (error) {
      await this.cutBack(segment);
      throw error;
    }
    if (durable) {
      try {
        await this.sync(segment.file);
      } catch (error) {
        await this.cutBack(segment);
        throw error;
      }
    }
    segment.bytes += bytes;
    this.nextSequence += records.length;
    if (durable) this.synced = this.nextSequence;
    return first;
  }

  /** Throws when the disk takes no bytes now. Touches no segment. */
  async probe(): Promise<void> {
    const { directory, files } = this.options;
    const path = join(directory, PROBE_NAME);
    const file = await files.create(path);
    try {
      await writeWhole(file, [new Uint8Array(PROBE_BYTES)], 0);
      await file.fdatasync();
    } finally {
      await file.close();
      await files.unlink(path).catch(() => undefined);
    }
  }

  /** Removes the segments that hold only records below `before`. */
  async trim(before: number): Promise<void> {
    // First, because a full disk has no room for a new segment until old ones are gone.
    await this.removeOld(before);
    const active = this.active;
    if (active === undefined || before < this.nextSequence || active.bytes <= RECLAIM_BYTES) return;
    await this.rotate();
    await this.removeOld(before);
  }

  private async removeOld(before: number): Promise<void> {
    for (;;) {
      const oldest = this.old[0];
      const behind = this.old[1] ?? this.active;
      if (oldest === undefined || behind === undefined || behind.first > before) return;
      await this.options.files.unlink(oldest.path).catch(ignoreMissing);
      this.old.shift();
      // One by one: a crash must not leave a hole in the middle.
      await this.options.files.syncDirectory(this.options.directory);
    }
  }

  /** Makes the log empty when all of it is in the engine, else durable; then lets go of the file. */
  async close(trimmedBefore: number): Promise<void> {
    const active = this.active;
    if (active === undefined) return;
    try {
      if (trimmedBefore >= this.nextSequence && this.nextSequence > active.first) {
        await this.rotate();
        await this.trim(trimmedBefore);
      } else if (this.synced < this.nextSequence && !this.mustRotate) await this.syncAll(active);
    } finally {
      await this.active?.file.close();
      this.active = undefined;
    }
  }

  /**
   * The segment that takes a group of this many bytes. Before a durable group all records without a promise
   * are synced: a power cut during its own fsync could else keep it and lose them, which looks like damage.
   */
  private async segmentFor(bytes: number, durable: boolean): Promise<ActiveSegment> {
    const active = this.active;
    const isFull =
      active !== undefined &&
      active.bytes > SEGMENT_HEADER_BYTES &&
      active.bytes + bytes > this.options.segmentBytes;
    if (active === undefined || isFull || this.mustRotate) await this.rotate();
    else if (durable && this.synced < this.nextSequence) await this.syncAll(active);
    return this.active!;
  }

  /** Starts a new segment. When it throws, the next call tries again. */
  private async rotate(): Promise<void> {
    const { directory, files, logger, salt } = this.options;
    const previous = this.active;
    if (previous !== undefined && !this.mustRotate && this.synced < this.nextSequence) {
      try {
        await this.syncAll(previous);
      } catch (error) {
        logger.error({ error, file: previous.path }, 'a write-ahead log segment could not be synced');
      }
    }
    const first = this.nextSequence;
    // A broken segment without a record has the new one's name and is replaced by it.
    const isReplacement = previous?.first === first;
    const sealedFrom = isReplacement ? previous.sealedFrom : this.synced;
    const path = join(directory, segmentName(first));
    // Should this fail half-way, the new name may be on disk: a record in the old segment would not count.
    this.mustRotate = true;
    const file = await createSegment(files, directory, path, { salt, first, sealedFrom });
    if (previous !== undefined) {
      await previous.file.close().catch((error: unknown) => {
        logger.warn({ error, file: previous.path }, 'a write-ahead log segment could not be closed');
      });
      if (!isReplacement) {
        const { path, first, sealedFrom, bytes } = previous;
        this.old.push({ path, first, sealedFrom, bytes });
      }
    }
    this.active = { path, first, sealedFrom, bytes: SEGMENT_HEADER_BYTES, file };
    this.mustRotate = false;
    this.synced = first;
  }

  private async syncAll(active: ActiveSegment): Promise<void> {
    await this.sync(active.file);
    this.synced = this.nextSequence;
  }

  private async sync(file: LogFile): Promise<void> {
    const ended = this.options.timeSync();
    try {
      await file.fdatasync();
    } catch (error) {
      this.mustRotate = true;
      throw error;
    } finally {
      ended();
    }
  }

  /** Takes what a failed group left out of the file, so that a restart does not find it. */
  private async cutBack(segment: ActiveSegment): Promise<void> {
    try {
      await segment.file.truncate(segment.bytes);
    } catch (error) {
      this.mustRotate = true;
      this.options.logger.error(
        { error, file: segment.path },
        'a write-ahead log segment could not be cut back; going on in a new one',
      );
    }
  }
}

/** The header is durable before the file gets its name, so a segment never has a torn header. */
export async function createSegment(
  files: LogFiles,
  directory: string,
  path: string,
  header: Parameters<typeof encodeSegmentHeader>[0],
): Promise<LogFile> {
  const temporary = `${path}.tmp`;
  const file = await files.create(temporary);
  try {
    await writeWhole(file, [encodeSegmentHeader(header)], 0);
    await file.fdatasync();
    await files.rename(temporary, path);
    await files.syncDirectory(directory);
    return file;
  } catch (error) {
    await file.close().catch(() => undefined);
    await files.unlink(temporary).catch(() => undefined);
    throw error;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
