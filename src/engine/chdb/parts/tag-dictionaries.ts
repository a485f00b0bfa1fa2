/** Values of a tag that the rows of a part refer to by number: lists, each for as many granules as fill it. */
import { readFile } from 'node:fs/promises';
import { ByteReader } from '../../native/reader.ts';
import { uint32, unpackBlocks } from './compressed-block.ts';
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
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (const { at, content } of unpackBlocks(await readFile(this.stream.path))) {
      this.blocks.set(at, length);
      pieces.push(content);
      length += content.length;
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
  const reader = new ByteReader(bytes.subarray(from));
  try {
    const values = Array.from({ length: Number(reader.uint64()) }, () => reader.string());
    return { values, end: from + reader.position };
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedPart('a list of tags is cut off');
    throw error;
  }
}
