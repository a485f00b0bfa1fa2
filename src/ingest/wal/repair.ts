/**
 * Makes a damaged log readable again: what is intact behind the damage moves into segments of its own, whose
 * headers say from where records are missing. Damaged files are kept beside the log as `….wal.damaged`.
 *
 * A crash in the middle is repaired by running it again: segments are made from the newest to the oldest, so
 * that no step hides bytes that a later step still has to read.
 */
import { basename, dirname, join } from 'node:path';
import { systemRandom } from '../../platform/random.ts';
import { type LogFile, type LogFiles, nodeFiles, readWhole, writeWhole } from './files.ts';
import { encodeSegmentHeader, SALT_BYTES, SEGMENT_HEADER_BYTES, segmentName } from './format.ts';
import { type Damage, type Piece, type SurveyedSegment, surveyLog } from './repair-survey.ts';

export interface RepairReport {
  readonly segments: number;
  readonly recordsKept: number;
  /** At least so many: of damage at the very end nobody can say. */
  readonly recordsLost: number;
  readonly bytesLost: number;
  readonly damages: readonly Damage[];
  /** Copies of the damaged files. */
  readonly setAside: readonly string[];
}

const COPY_BYTES = 1 << 20;

/**
 * The server must not run. `isDryRun` only reports. Throws `wal_version` for a log that a newer Sluice wrote,
 * and the operating system's errors.
 */
export async function repairLog(
  directory: string,
  options: { readonly files?: LogFiles; readonly isDryRun?: boolean } = {},
): Promise<RepairReport> {
  const files = options.files ?? nodeFiles;
  const survey = await surveyLog(directory, files);
  const setAside: string[] = [];
  if (survey.damages.length > 0 && options.isDryRun !== true) {
    const damaged = new Set(survey.damages.map((damage) => damage.file));
    for (const path of damaged) setAside.push(await keepCopy(path, files));
    await files.syncDirectory(directory);
    const salt = survey.salt ?? systemRandom.bytes(SALT_BYTES);
    const isEmpty = survey.segments.at(-1)?.pieces.length === 0;
    // The sequence goes on where it was even when nothing of the newest segment is left.
    if (isEmpty) {
      const header = { salt, first: survey.next, sealedFrom: survey.keptBefore };
      const path = join(directory, segmentName(survey.next));
      await replaceFile(path, files, (file) => writeWhole(file, [encodeSegmentHeader(header)], 0));
    }
    for (const segment of survey.segments.toReversed()) {
      await rewrite(segment, files, isEmpty ? segmentName(survey.next) : undefined);
    }
  }
  return {
    segments: survey.segments.length,
    recordsKept: survey.recordsKept,
    recordsLost: survey.damages.reduce((sum, damage) => sum + damage.records, 0),
    bytesLost: survey.damages.reduce((sum, damage) => sum + damage.bytes, 0),
    damages: survey.damages,
    setAside,
  };
}

/** A second name costs no space, and the bytes stay whatever happens to the first. */
async function keepCopy(path: string, files: LogFiles): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const copy = `${path}.damaged${attempt === 0 ? '' : `-${attempt}`}`;
    try {
      await files.link(path, copy);
      return copy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Newest piece first. The source's own name goes last: to the piece that has it, or away. */
async function rewrite(
  segment: SurveyedSegment,
  files: LogFiles,
  keepName: string | undefined,
): Promise<void> {
  const directory = dirname(segment.path);
  const ownName = basename(segment.path);
  const source = await files.open(segment.path);
  try {
    for (const piece of segment.pieces.toReversed()) {
      if (piece.isInPlace) continue;
      await replaceFile(join(directory, segmentName(piece.header.first)), files, (file) =>
        copyPiece(source, piece, file),
      );
    }
  } finally {
    await source.close();
  }
  const isNameUsed = segment.pieces.some((piece) => segmentName(piece.header.first) === ownName);
  if (!isNameUsed && ownName !== keepName) {
    await files.unlink(segment.path);
    await files.syncDirectory(directory);
  }
}

async function copyPiece(source: LogFile, piece: Piece, target: LogFile): Promise<void> {
  await writeWhole(target, [encodeSegmentHeader(piece.header)], 0);
  for (let at = piece.from; at < piece.to; at += COPY_BYTES) {
    const bytes = Buffer.allocUnsafe(Math.min(COPY_BYTES, piece.to - at));
    await readWhole(source, bytes, at);
    await writeWhole(target, [bytes], SEGMENT_HEADER_BYTES + at - piece.from);
  }
}

async function replaceFile(
  path: string,
  files: LogFiles,
  fill: (file: LogFile) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await files.create(temporary);
  try {
    await fill(file);
    await file.fdatasync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  await files.syncDirectory(dirname(path));
}
