/** The ingest's small state on disk: always a whole version of it, replaced by a rename. */
import { join } from 'node:path';
import { ingestStateCorrupt, ingestStateUnavailable } from '../../errors/catalog/ingest.ts';
import { type LogFiles, readWhole, writeWhole } from '../wal/files.ts';
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
  private readonly directory: string;
  private readonly path: string;
  private readonly files: LogFiles;
  private writing: Promise<void> = Promise.resolve();
  /** The write that has not begun yet: it will see the newest state and serves all who wait. */
  private next: Promise<void> | undefined;

  constructor(directory: string, files: LogFiles) {
    this.directory = directory;
    this.files = files;
    this.path = join(directory, 'state.json');
  }

  /** Empty when there is none yet. A damaged one is an error: guessing could show a point twice. */
  async read(): Promise<StoredState> {
    let text: string;
    try {
      text = await this.readText();
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

  /** Resolves when a state taken after this call is on disk; throws `ingest_state_unavailable`. */
  write(state: () => StoredState): Promise<void> {
    this.next ??= this.writing.then(() => {
      this.next = undefined;
      const written = this.replace(encode(state()));
      this.writing = written.catch(() => undefined);
      return written;
    });
    return this.next;
  }

  private async readText(): Promise<string> {
    const file = await this.files.open(this.path);
    try {
      const bytes = Buffer.alloc(await file.size());
      await readWhole(file, bytes, 0);
      return bytes.toString('utf8');
    } finally {
      await file.close();
    }
  }

  /** Written from its start each time: what an attempt before left behind is not built upon. */
  private async replace(text: string): Promise<void> {
    try {
      await this.replaceFile(text);
    } catch (error) {
      throw ingestStateUnavailable().withCause(error);
    }
  }

  private async replaceFile(text: string): Promise<void> {
    const draft = `${this.path}.new`;
    const file = await this.files.create(draft);
    try {
      await writeWhole(file, [Buffer.from(text)], 0);
      await file.fdatasync();
    } finally {
      await file.close();
    }
    await this.files.rename(draft, this.path);
    await this.files.syncDirectory(this.directory);
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
