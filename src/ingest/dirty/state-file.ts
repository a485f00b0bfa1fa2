/** The ingest's small state on disk: always a whole version of it, replaced by a rename. */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ingestStateCorrupt } from '../../errors/catalog/ingest.ts';
import type { LogSequence } from '../wal/log.ts';

export interface StoredState {
  readonly flushedBefore: LogSequence;
  readonly dirty: readonly {
    readonly tableId: number;
    readonly partition: number;
    readonly fromNs: bigint;
    readonly toNs: bigint;
  }[];
}

const FORMAT_VERSION = 1;

export class StateFile {
  private readonly path: string;
  private writing: Promise<void> = Promise.resolve();
  /** The write that has not begun yet: it will see the newest state and serves all who wait. */
  private next: Promise<void> | undefined;

  constructor(directory: string) {
    this.path = join(directory, 'state.json');
  }

  /** Empty when there is none yet. A damaged one is an error: guessing could show a point twice. */
  async read(): Promise<StoredState> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { flushedBefore: 0, dirty: [] };
      throw error;
    }
    try {
      return decode(text);
    } catch (error) {
      throw ingestStateCorrupt(this.path).withCause(error);
    }
  }

  /** Resolves when a state taken after this call is on disk. */
  write(state: () => StoredState): Promise<void> {
    this.next ??= this.writing.then(() => {
      this.next = undefined;
      const written = this.replace(encode(state()));
      this.writing = written.catch(() => undefined);
      return written;
    });
    return this.next;
  }

  private async replace(text: string): Promise<void> {
    const draft = `${this.path}.new`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(draft, this.path);
    const directory = await open(dirname(this.path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

function encode({ flushedBefore, dirty }: StoredState): string {
  return JSON.stringify({
    version: FORMAT_VERSION,
    flushedBefore,
    dirty: dirty.map(({ tableId, partition, fromNs, toNs }) => ({
      tableId,
      partition,
      fromNs: String(fromNs),
      toNs: String(toNs),
    })),
  });
}

function decode(text: string): StoredState {
  const state = JSON.parse(text) as {
    version: number;
    flushedBefore: number;
    dirty: { tableId: number; partition: number; fromNs: string; toNs: string }[];
  };
  if (state.version !== FORMAT_VERSION) throw new TypeError(`unknown version ${state.version}`);
  return {
    flushedBefore: state.flushedBefore,
    dirty: state.dirty.map((entry) => ({
      tableId: entry.tableId,
      partition: entry.partition,
      fromNs: BigInt(entry.fromNs),
      toNs: BigInt(entry.toNs),
    })),
  };
}
