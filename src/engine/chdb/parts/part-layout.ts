/** Where the streams of a part lie: in a file each, or (small parts) all of them in one. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MalformedPart } from './malformed.ts';
import { Marks } from './marks.ts';
import { PackedFile } from './packed-file.ts';
import type { StoredFiles } from './stored-file.ts';

/** The number of a stream within its file's marks. */
export interface Stream {
  readonly path: string;
  readonly size: number;
  readonly marks: Marks;
  readonly index: number;
  /** Blocks of marks of nulls that mark none, by their place, and how long their content is. */
  readonly blank: Map<number, number>;
}

export interface PartLayout {
  /** Of the streams `name`, `name.null`, `name.size`, `name.dict` of a column. */
  stream(column: string, kind: string): Promise<Stream>;
}

/** `streams`: as they lie in the one file. */
export async function partLayout(path: string, streams: readonly string[]): Promise<PartLayout> {
  try {
    const marks = new Marks(await readFile(join(path, 'data.cmrk4')), streams.length);
    const data = join(path, 'data.bin');
    return new OneFile(data, (await stat(data)).size, marks, streams);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return new FilePerStream(path);
  }
}

class OneFile implements PartLayout {
  private readonly path: string;
  private readonly size: number;
  private readonly marks: Marks;
  private readonly indexes: ReadonlyMap<string, number>;
  private readonly blank = new Map<number, number>();

  constructor(path: string, size: number, marks: Marks, streams: readonly string[]) {
    this.path = path;
    this.size = size;
    this.marks = marks;
    this.indexes = new Map(streams.map((name, index) => [name, index]));
  }

  async stream(column: string, kind: string): Promise<Stream> {
    const index = this.indexes.get(streamName(column, kind));
    if (index === undefined) throw new MalformedPart('a column without one of its streams');
    const { path, size, marks, blank } = this;
    return { path, size, marks, index, blank };
  }
}

class FilePerStream implements PartLayout {
  private readonly path: string;
  private readonly streams = new Map<string, Promise<Stream>>();

  constructor(path: string) {
    this.path = path;
  }

  stream(column: string, kind: string): Promise<Stream> {
    const name = streamName(column, kind);
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = this.load(name);
      this.streams.set(name, stream);
    }
    return stream;
  }

  private async load(name: string): Promise<Stream> {
    const path = join(this.path, `${name}.bin`);
    const [{ size }, marks] = await Promise.all([stat(path), readFile(join(this.path, `${name}.cmrk2`))]);
    return { path, size, marks: new Marks(marks, 1), index: 0, blank: new Map() };
  }
}

export function packedFile(files: StoredFiles, { path, size }: Stream): PackedFile {
  return new PackedFile(files, path, size);
}

/** As the engine calls files: bytes that are not letters of ASCII, digits or `_` are written out. */
export function fileName(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

const streamName = (column: string, kind: string): string =>
  fileName(column) + (kind === '' ? '' : `.${kind}`);
