/** Walks the segments of a log directory and decides what of them counts. Changes nothing. */
import { join } from 'node:path';
import { ingestErrors } from '../../errors/index.ts';
import type { LogFiles } from './files.ts';
import { parseSegmentName, SEGMENT_HEADER_BYTES, type SegmentHeader } from './format.ts';
import { SegmentReader } from './segment-reader.ts';

export interface ScannedSegment {
  readonly path: string;
  readonly header: SegmentHeader;
  /** Sequence behind its last record that counts. */
  readonly end: number;
  /** Bytes that hold the header and the groups that count. */
  readonly goodBytes: number;
  /** Offset of the first group that no later group calls synced, at most `goodBytes`. */
  readonly unprovenFrom: number;
  /** Bytes of the file. */
  readonly size: number;
}

/** Why a walk over a segment stopped. */
export interface SegmentWalk extends ScannedSegment {
  /** Set when the walk stopped at bytes that are no group, or not the expected one. */
  readonly problem: string | undefined;
}

/** Paths of the segments, oldest first. */
export async function listSegments(directory: string, files: LogFiles): Promise<string[]> {
  const names = (await files.list(directory)).filter((name) => parseSegmentName(name) !== undefined);
  return names.sort().map((name) => join(directory, name));
}

/**
 * Every segment of the log. Records between two segments that were never durable may be missing; anything
 * else that is missing or damaged before the tail throws `wal_corrupt`. The last segment may end in a torn
 * group: `goodBytes` is then less than `size`.
 */
export async function scanLog(directory: string, files: LogFiles): Promise<ScannedSegment[]> {
  const paths = await listSegments(directory, files);
  const headers: SegmentHeader[] = [];
  for (const path of paths) headers.push(await readSegmentHeader(path, files));
  const scanned: ScannedSegment[] = [];
  for (const [index, path] of paths.entries()) {
    const header = headers[index]!;
    const following = headers[index + 1];
    const walk = await walkSegment(path, files, header, following?.first);
    if (following === undefined) await refuseDamageBeforeTail(walk, files);
    else if (walk.end < following.sealedFrom) {
      const problem = walk.problem ?? `records ${walk.end} to ${following.sealedFrom - 1} are missing`;
      throw ingestErrors.walCorrupt(path, walk.goodBytes, problem);
    }
    scanned.push(walk);
  }
  return scanned;
}

async function readSegmentHeader(path: string, files: LogFiles): Promise<SegmentHeader> {
  const decoded = await withReader(path, files, (reader) => reader.header());
  if (decoded.kind === 'version') throw ingestErrors.walVersion(path, decoded.version);
  if (decoded.kind === 'damaged') throw ingestErrors.walCorrupt(path, 0, 'the header is damaged');
  if (!path.endsWith(`${String(decoded.header.first).padStart(20, '0')}.wal`)) {
    throw ingestErrors.walCorrupt(path, 0, 'the name does not fit the header');
  }
  return decoded.header;
}

/** Reads groups until one does not follow, or until the segment behind begins at `limit`. */
export function walkSegment(
  path: string,
  files: LogFiles,
  header: SegmentHeader,
  limit: number | undefined,
): Promise<SegmentWalk> {
  return withReader(path, files, async (reader) => {
    let end = header.first;
    let goodBytes = SEGMENT_HEADER_BYTES;
    let unprovenFrom = goodBytes;
    let problem: string | undefined;
    while (goodBytes < reader.size && (limit === undefined || end < limit)) {
      const group = await reader.group(goodBytes, header.salt);
      if (group === undefined || group.header.first !== end) {
        problem = group === undefined ? 'the bytes are damaged' : `record ${end} is missing`;
        break;
      }
      if (group.header.synced === group.header.first) unprovenFrom = group.offset;
      end += group.header.records;
      goodBytes = group.end;
    }
    return { path, header, end, goodBytes, unprovenFrom, size: reader.size, problem };
  });
}

/** A bad group is a torn tail unless an intact one behind it says that it was on disk. */
async function refuseDamageBeforeTail(walk: SegmentWalk, files: LogFiles): Promise<void> {
  if (walk.problem === undefined) return;
  const after = await withReader(walk.path, files, (reader) =>
    reader.findGroup(walk.goodBytes, walk.header.salt, (header) => header.synced > walk.end),
  );
  if (after !== undefined) throw ingestErrors.walCorrupt(walk.path, walk.goodBytes, walk.problem);
}

export async function withReader<T>(
  path: string,
  files: LogFiles,
  use: (reader: SegmentReader) => Promise<T>,
): Promise<T> {
  const file = await files.open(path);
  try {
    return await use(await SegmentReader.open(file));
  } finally {
    await file.close();
  }
}
