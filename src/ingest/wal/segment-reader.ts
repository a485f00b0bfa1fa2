/** Reads one segment group by group through one buffer, so that memory is bounded by the largest group. */
import { type LogFile, readWhole } from './files.ts';
import {
  type DecodedSegmentHeader,
  decodeGroupHeader,
  decodeSegmentHeader,
  GROUP_HEADER_BYTES,
  GROUP_MAGIC,
  type GroupHeader,
  groupIsIntact,
  SEGMENT_HEADER_BYTES,
} from './format.ts';

const READ_BYTES = 1 << 20;

export interface Group {
  readonly offset: number;
  readonly header: GroupHeader;
  /** Header and body; valid until the next read. */
  readonly bytes: Buffer;
  /** Offset behind the group. */
  readonly end: number;
}

export class SegmentReader {
  private readonly file: LogFile;
  private buffer: Buffer = Buffer.alloc(0);
  private bufferStart = 0;
  /** Bytes of the file when it was opened. */
  readonly size: number;

  private constructor(file: LogFile, size: number) {
    this.file = file;
    this.size = size;
  }

  static async open(file: LogFile): Promise<SegmentReader> {
    return new SegmentReader(file, await file.size());
  }

  async header(): Promise<DecodedSegmentHeader> {
    return decodeSegmentHeader(await this.bytes(0, SEGMENT_HEADER_BYTES));
  }

  /** The intact group at this offset, or undefined. */
  async group(offset: number, salt: Uint8Array): Promise<Group | undefined> {
    const header = decodeGroupHeader(await this.bytes(offset, GROUP_HEADER_BYTES));
    if (header === undefined) return undefined;
    const length = GROUP_HEADER_BYTES + header.bodyBytes;
    // A damaged length must not make us read, or reserve, more than there is.
    if (offset + length > this.size) return undefined;
    const bytes = await this.bytes(offset, length);
    if (!groupIsIntact(salt, bytes, header)) return undefined;
    return { offset, header, bytes, end: offset + length };
  }

  /** The first intact group at or after this offset that `matches`. */
  async findGroup(
    from: number,
    salt: Uint8Array,
    matches: (header: GroupHeader) => boolean,
  ): Promise<Group | undefined> {
    let at = from;
    while (at + GROUP_HEADER_BYTES <= this.size) {
      const window = await this.bytes(at, Math.min(READ_BYTES, this.size - at));
      const found = window.indexOf(GROUP_MAGIC);
      if (found < 0) {
        at += Math.max(1, window.length - GROUP_MAGIC.length + 1);
        continue;
      }
      const group = await this.group(at + found, salt);
      if (group !== undefined && matches(group.header)) return group;
      at += found + 1;
    }
    return undefined;
  }

  /** Bytes from `offset`, fewer at the end of the file; a view that the next call may overwrite. */
  private async bytes(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const start = offset - this.bufferStart;
    if (start >= 0 && start + wanted <= this.buffer.length)
      return this.buffer.subarray(start, start + wanted);
    const target = Buffer.allocUnsafe(
      Math.min(Math.max(wanted, READ_BYTES), Math.max(0, this.size - offset)),
    );
    await readWhole(this.file, target, offset);
    this.buffer = target;
    this.bufferStart = offset;
    return this.buffer.subarray(0, wanted);
  }
}
