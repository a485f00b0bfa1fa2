/** Opens a log directory: checks every segment, cuts a torn tail, and goes on behind it. */
import { dirname, join } from 'node:path';
import { ingestErrors, SluiceError } from '../../errors/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { type RandomSource, systemRandom } from '../../platform/random.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { type LogFile, type LogFiles, nodeFiles, readWhole, writeWhole } from './files.ts';
import { SALT_BYTES } from './format.ts';
import { GroupCommit, type LogLimits, type SyncTimes } from './group-commit.ts';
import type { OpenedLog } from './log.ts';
import { replaySegments } from './replay.ts';
import { type ScannedSegment, scanLog } from './scan.ts';
import { SegmentStore } from './segment-store.ts';

const MEGABYTE = 1 << 20;

export const defaultLogLimits: LogLimits = {
  segmentBytes: 64 * MEGABYTE,
  groupBytes: 8 * MEGABYTE,
  groupRecords: 4096,
  recordBytes: 512 * MEGABYTE,
  waitingBytes: 1024 * MEGABYTE,
};

export interface LogOptions {
  /** Made when it is missing; nothing else may write into it. */
  readonly directory: string;
  /** The file layer; tests put a failing one in. */
  readonly files?: LogFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: RandomSource;
  readonly limits?: Partial<LogLimits>;
}

/**
 * Throws `wal_corrupt` (damage before the tail: the message names `influxdb3 repair wal`), `wal_version`
 * (written by a newer Sluice) or `wal_cannot_open` (the disk refuses).
 */
export async function openLog(options: LogOptions): Promise<OpenedLog> {
  try {
    return await open(options);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw ingestErrors.walCannotOpen(options.directory, (error as Error).message).withCause(error);
  }
}

async function open(options: LogOptions): Promise<OpenedLog> {
  const { directory, clock } = options;
  const files = options.files ?? nodeFiles;
  const logger = options.logger.child({ component: 'wal' });
  const limits = { ...defaultLogLimits, ...options.limits };
  await files.makeDirectory(directory);
  await files.syncDirectory(dirname(directory));
  await removeUnfinished(directory, files);
  const segments = await scanLog(directory, files);
  const last = segments.at(-1);
  const syncTimes: SyncTimes = { count: 0, seconds: 0 };
  const store = new SegmentStore(
    {
      directory,
      files,
      logger,
      salt: last?.header.salt ?? (options.random ?? systemRandom).bytes(SALT_BYTES),
      segmentBytes: limits.segmentBytes,
      timeSync: () => {
        const started = clock.monotonicMs();
        return () => {
          syncTimes.count++;
          syncTimes.seconds += (clock.monotonicMs() - started) / 1000;
        };
      },
    },
    last?.end ?? 1,
  );
  for (const segment of segments) {
    const file = segment === last ? await openTail(segment, files, logger) : undefined;
    const bytes = segment === last ? segment.goodBytes : segment.size;
    store.adopt({ path: segment.path, ...segment.header, bytes }, file);
  }
  return {
    replay: () => replaySegments(segments, files),
    log: new GroupCommit(store, limits, logger, syncTimes),
  };
}

/**
 * Cuts what a crash left half-written, and makes durable what it left in the kernel's memory. An fsync alone
 * would not do: one that failed before the crash has made the kernel call pages clean that the disk never
 * took. Written again, they are dirty again.
 */
async function openTail(segment: ScannedSegment, files: LogFiles, logger: Logger): Promise<LogFile> {
  const file = await files.open(segment.path);
  try {
    if (segment.goodBytes < segment.size) {
      const bytes = segment.size - segment.goodBytes;
      logger.warn({ file: segment.path, bytes }, 'the write-ahead log ended in a torn record, which was cut');
      await file.truncate(segment.goodBytes);
    }
    for (let at = segment.unprovenFrom; at < segment.goodBytes; at += MEGABYTE) {
      const bytes = Buffer.alloc(Math.min(MEGABYTE, segment.goodBytes - at));
      await readWhole(file, bytes, at);
      await writeWhole(file, [bytes], at);
    }
    await file.fdatasync();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Segments whose making was interrupted: they never held a record. */
async function removeUnfinished(directory: string, files: LogFiles): Promise<void> {
  for (const name of await files.list(directory)) {
    if (name.endsWith('.wal.tmp')) await files.unlink(join(directory, name));
  }
}
