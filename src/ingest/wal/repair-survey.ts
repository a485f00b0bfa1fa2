/** Finds what can still be read in a damaged log, and what cannot. Changes nothing. */
import { ingestErrors } from '../../errors/index.ts';
import type { LogFiles } from './files.ts';
import { parseSegmentName, SEGMENT_HEADER_BYTES, type SegmentHeader } from './format.ts';
import { listSegments, withReader } from './scan.ts';
import type { Group, SegmentReader } from './segment-reader.ts';

/** A run of intact groups in a row. */
export interface Piece {
  readonly header: SegmentHeader;
  /** Bytes of the source that hold the groups. */
  readonly from: number;
  readonly to: number;
  /** Sequence behind the last record. */
  readonly end: number;
  /** The source file can stay as it is and hold this piece. */
  readonly isInPlace: boolean;
}

export interface SurveyedSegment {
  readonly path: string;
  readonly pieces: readonly Piece[];
}

/** One place where the log cannot be read. */
export interface Damage {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  /** Records that are lost; 0 when nobody can say (damage at the end of the log). */
  readonly records: number;
}

export interface Survey {
  readonly segments: readonly SurveyedSegment[];
  readonly damages: readonly Damage[];
  /** undefined when no header can be read. */
  readonly salt: Uint8Array | undefined;
  /** Where the log goes on when its last segment has nothing left, and from where records are then missing. */
  readonly next: number;
  readonly keptBefore: number;
  readonly recordsKept: number;
}

interface Target {
  readonly path: string;
  readonly nameFirst: number;
  /** undefined when it is damaged. */
  readonly header: SegmentHeader | undefined;
  /** What the segment behind says, if there is one that can be read. */
  readonly limit: number | undefined;
  readonly sealedFrom: number | undefined;
}

export async function surveyLog(directory: string, files: LogFiles): Promise<Survey> {
  const paths = await listSegments(directory, files);
  const headers: (SegmentHeader | undefined)[] = [];
  for (const path of paths) headers.push(await intactHeader(path, files));
  const salt = headers.find((header) => header !== undefined)?.salt;
  const firsts = paths.map((path) => parseSegmentName(path.slice(-24))!);
  const segments: SurveyedSegment[] = [];
  const damages: Damage[] = [];
  let next = 1;
  let keptBefore: number | undefined;
  let recordsKept = 0;
  for (const [index, path] of paths.entries()) {
    const following = headers[index + 1];
    const limit = firsts[index + 1];
    const target: Target = {
      path,
      nameFirst: firsts[index]!,
      header: headers[index],
      limit,
      sealedFrom: limit === undefined ? undefined : (following?.sealedFrom ?? limit),
    };
    const walk = new SegmentSurvey(target, salt, keptBefore);
    await withReader(path, files, (reader) => walk.read(reader));
    segments.push({ path, pieces: walk.pieces });
    damages.push(...walk.damages);
    for (const piece of walk.pieces) recordsKept += piece.end - piece.header.first;
    next = Math.max(next, walk.end);
    keptBefore = walk.pieces.at(-1)?.end ?? keptBefore;
  }
  return { segments, damages, salt, next, keptBefore: keptBefore ?? next, recordsKept };
}

async function intactHeader(path: string, files: LogFiles): Promise<SegmentHeader | undefined> {
  const decoded = await withReader(path, files, (reader) => reader.header());
  if (decoded.kind === 'version') throw ingestErrors.walVersion(path, decoded.version);
  if (decoded.kind === 'damaged') return undefined;
  return decoded.header.first === parseSegmentName(path.slice(-24)) ? decoded.header : undefined;
}

class SegmentSurvey {
  readonly pieces: Piece[] = [];
  readonly damages: Damage[] = [];
  /** Sequence behind what has been read so far. */
  end: number;
  private readonly target: Target;
  private readonly salt: Uint8Array | undefined;
  private readonly previousEnd: number | undefined;

  constructor(target: Target, salt: Uint8Array | undefined, previousEnd: number | undefined) {
    this.target = target;
    this.salt = salt;
    this.previousEnd = previousEnd;
    this.end = target.header?.first ?? Math.max(target.nameFirst, previousEnd ?? 0);
  }

  async read(reader: SegmentReader): Promise<void> {
    const { header, path, nameFirst } = this.target;
    const { salt } = this;
    if (salt === undefined) {
      this.damages.push({
        file: path,
        offset: 0,
        bytes: reader.size,
        records: this.recordsTo(this.target.sealedFrom),
      });
      return;
    }
    let offset = 0;
    if (header !== undefined) {
      const sealedFrom = Math.min(header.sealedFrom, this.previousEnd ?? header.sealedFrom);
      const isInPlace = sealedFrom === header.sealedFrom;
      offset = await this.readPiece(reader, { ...header, sealedFrom }, SEGMENT_HEADER_BYTES, isInPlace);
    }
    while (!this.isComplete(offset, reader.size)) {
      if (await this.isTornTail(reader, offset, salt)) return;
      const group = await reader.findGroup(offset, salt, (candidate) => this.mayFollow(candidate.first));
      const until = group?.offset ?? reader.size;
      const records = this.recordsTo(group?.header.first ?? this.target.sealedFrom);
      this.damages.push({ file: path, offset, bytes: until - offset, records });
      if (group === undefined) return;
      offset = await this.readPiece(reader, this.headerFor(group, salt, nameFirst), group.offset, false);
    }
  }

  /** Reads groups that follow each other; gives the offset behind them. */
  private async readPiece(
    reader: SegmentReader,
    header: SegmentHeader,
    from: number,
    isInPlace: boolean,
  ): Promise<number> {
    const { limit } = this.target;
    let to = from;
    let end = header.first;
    while (to < reader.size && (limit === undefined || end < limit)) {
      const group = await reader.group(to, header.salt);
      if (group === undefined || group.header.first !== end) break;
      end += group.header.records;
      to = group.end;
    }
    // An empty piece gives its name to the one that begins with the same record.
    if (this.pieces.at(-1)?.header.first === header.first) this.pieces.pop();
    this.pieces.push({ header, from, to, end, isInPlace });
    this.end = end;
    return to;
  }

  private headerFor(group: Group, salt: Uint8Array, nameFirst: number): SegmentHeader {
    const before = this.pieces.length > 0 ? this.end : (this.previousEnd ?? nameFirst);
    return { salt, first: group.header.first, sealedFrom: Math.min(before, group.header.first) };
  }

  /** Nothing that was promised is missing between here and the segment behind. */
  private isComplete(offset: number, size: number): boolean {
    const { sealedFrom } = this.target;
    if (!this.hasStart()) return false;
    return sealedFrom === undefined ? offset >= size : this.end >= sealedFrom;
  }

  /** The same judgement as at a start, which cuts such a tail by itself. */
  private async isTornTail(reader: SegmentReader, offset: number, salt: Uint8Array): Promise<boolean> {
    if (this.target.limit !== undefined || !this.hasStart()) return false;
    const proof = await reader.findGroup(offset, salt, (candidate) => candidate.synced > this.end);
    return proof === undefined;
  }

  private hasStart(): boolean {
    return this.target.header !== undefined || this.pieces.length > 0;
  }

  private mayFollow(first: number): boolean {
    return first >= this.end && (this.target.limit === undefined || first < this.target.limit);
  }

  private recordsTo(sequence: number | undefined): number {
    return sequence === undefined ? 0 : Math.max(0, sequence - this.end);
  }
}
