/** Values of a tag that the rows of a part refer to by number: lists, each for as many granules as fill it. */
import { readFile } from 'node:fs/promises';
import { blockSize, uint32, unpackBlock } from './compressed-block.ts';
import { MalformedPart } from './malformed.ts';
import type { Stream } from './part-layout.ts';

/** A list, the first value of which stands for none. */
export type Dictionary = readonly (string | null)[];

/** In front of the first list. */
const VERSION_BYTES = 8;
const VERSION = 1;

export class TagDictionaries {
  private readonly stream: Stream;
  private readonly loaded: Promise<{ readonly lists: Dictionary[]; readonly places: Map<number, number> }>;
  private readonly blocks = new Map<number, number>();

  constructor(stream: Stream) {
    this.stream = stream;
    this.loaded = this.load();
    // Told to whoever asks for one.
    this.loaded.catch(() => undefined);
  }

  /** The list in use where the granule begins, or one of those after it. */
  async of(granule: number, later: number): Promise<Dictionary> {
    const { lists, places } = await this.loaded;
    const { marks, index } = this.stream;
    const block = this.blocks.get(marks.block(granule, index));
    const place = block === undefined ? undefined : places.get(block + marks.within(granule, index));
    const list = place === undefined ? undefined : lists[place + later];
    if (list === undefined) throw new MalformedPart('a list of tags is missing');
    return list;
  }

  private async load() {
    const bytes = await readFile(this.stream.path);
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (let at = 0; at < bytes.length; ) {
      this.blocks.set(at, length);
      const size = blockSize(bytes, at);
      if (size === undefined) throw new MalformedPart('a file is cut off');
      const piece = unpackBlock(bytes, at, []);
      pieces.push(piece);
      length += piece.length;
      at += size;
    }
    const content = Buffer.concat(pieces);
    if (content.length < VERSION_BYTES || uint32(content, 0) !== VERSION)
      throw new MalformedPart('lists of tags of another kind');
    const lists: Dictionary[] = [];
    const places = new Map<number, number>();
    for (let at = VERSION_BYTES; at < content.length; ) {
      const keys = readKeys(content, at);
      places.set(at, lists.length);
      lists.push([null, ...keys.values.slice(1)]);
      at = keys.end;
    }
    return { lists, places };
  }
}

/** Their number, and then the length and the bytes of each. */
export function readKeys(
  bytes: Uint8Array,
  from: number,
): { readonly values: string[]; readonly end: number } {
  const count = uint32(bytes, from);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const values: string[] = [];
  let at = from + 8;
  for (let i = 0; i < count; i++) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new MalformedPart('a list of tags is cut off');
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (at + length > bytes.length) throw new MalformedPart('a list of tags is cut off');
    values.push(buffer.toString('utf8', at, at + length));
    at += length;
  }
  return { values, end: at };
}
