/** A file of compressed blocks, read block by block; what was read ahead is not read again. */
import { blockSize, sizeSaid, unpackBlock } from './compressed-block.ts';
import { MalformedPart } from './malformed.ts';
import type { StoredFiles } from './stored-file.ts';

const AHEAD = 32 * 1024;
const FIRST = 64;

/** A block in the bytes around it. */
export interface PackedBlock {
  readonly bytes: Uint8Array;
  readonly at: number;
  /** Where the next one begins in the file. */
  readonly next: number;
}

export class PackedFile {
  private readonly files: StoredFiles;
  private readonly path: string;
  private readonly size: number;
  private window: Uint8Array = new Uint8Array(0);
  private windowFrom = 0;
  private content: { readonly at: number; readonly next: number; readonly bytes: Uint8Array } | undefined;

  constructor(files: StoredFiles, path: string, size: number) {
    this.files = files;
    this.path = path;
    this.size = size;
  }

  /** `until`: so far it will be read. */
  async block(at: number, until = at + AHEAD): Promise<PackedBlock> {
    let size = this.sizeInWindow(at);
    if (size === undefined) {
      await this.load(at, Math.max(until, at + FIRST));
      size = this.sizeInWindow(at);
    }
    if (size === undefined) {
      // Larger than expected: its header says how large.
      await this.load(at, at + (sizeSaid(this.window, 0) ?? 0));
      size = this.sizeInWindow(at);
    }
    if (size === undefined) throw new MalformedPart('a block is cut off');
    return { bytes: this.window, at: at - this.windowFrom, next: at + size };
  }

  /** `length` bytes of what is packed, from a mark on. For streams that nothing but ZSTD packed. */
  async read(block: number, within: number, length: number): Promise<Uint8Array> {
    const first = await this.unpacked(block);
    if (within + length <= first.bytes.length) return first.bytes.subarray(within, within + length);
    if (within > first.bytes.length) throw new MalformedPart('a mark that points behind its block');
    const result = Buffer.allocUnsafeSlow(length);
    let filled = copy(result, 0, first.bytes.subarray(within));
    for (let at = first.next; filled < length; ) {
      const { bytes, next } = await this.unpacked(at);
      filled += copy(result, filled, bytes.subarray(0, length - filled));
      at = next;
    }
    return result;
  }

  /** What is packed from a mark on in the blocks before `end`, and maybe more. */
  async readBlocks(block: number, within: number, end: number): Promise<Uint8Array> {
    const first = await this.unpacked(block);
    if (within > first.bytes.length) throw new MalformedPart('a mark that points behind its block');
    const pieces = [first.bytes.subarray(within)];
    for (let at = first.next; at < end; ) {
      const { bytes, next } = await this.unpacked(at);
      pieces.push(bytes);
      at = next;
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** What is packed in a block, and where the next one begins. For streams that nothing but ZSTD packed. */
  async unpacked(at: number): Promise<{ readonly bytes: Uint8Array; readonly next: number }> {
    if (this.content?.at !== at) {
      const { bytes, at: inWindow, next } = await this.block(at);
      this.content = { at, next, bytes: unpackBlock(bytes, inWindow, []) };
    }
    return this.content;
  }

  private sizeInWindow(at: number): number | undefined {
    return at < this.windowFrom ? undefined : blockSize(this.window, at - this.windowFrom);
  }

  private async load(from: number, until: number): Promise<void> {
    const to = Math.min(until, this.size);
    if (from >= to) throw new MalformedPart('a mark that points behind its file');
    this.window = await this.files.read(this.path, from, to);
    this.windowFrom = from;
  }
}

function copy(target: Uint8Array, at: number, source: Uint8Array): number {
  target.set(source, at);
  return source.length;
}
