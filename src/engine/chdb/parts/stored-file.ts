/** Files of parts, read piece by piece. Open ones are kept for a while: opening takes longer than a piece. */
import { close, open, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { MalformedPart } from './malformed.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const readFrom = promisify(read);

const MAXIMUM_OPEN = 256;
/** Files of a part that was removed take their space as long as they are open. */
const IDLE_MS = 2000;
/** What the system has in memory is there in a thousandth of that, but on a busy processor. */
const SLOW_MS = 5;
/** So long after a slow one pieces are read on other threads, which each time takes longer than a piece in memory. */
const CAREFUL_MS = 10_000;

interface OpenFile {
  readonly descriptor: Promise<number>;
  users: number;
  isDropped: boolean;
}

export class StoredFiles {
  private readonly files = new Map<string, OpenFile>();
  private timer: NodeJS.Timeout | undefined;
  private usedAtMs = 0;
  private carefulUntilMs = 0;

  /** Exactly these bytes. Throws when they are not there. */
  async read(path: string, from: number, to: number): Promise<Uint8Array> {
    const file = this.take(path);
    try {
      const descriptor = await file.descriptor;
      const bytes = Buffer.allocUnsafeSlow(to - from);
      for (let got = 0; got < bytes.length; ) {
        const length = bytes.length - got;
        const count = this.isCareful()
          ? (await readFrom(descriptor, bytes, got, length, from + got)).bytesRead
          : this.timed(() => readSync(descriptor, bytes, got, length, from + got));
        if (count === 0) throw new MalformedPart('a file is shorter than its marks say');
        got += count;
      }
      return bytes;
    } catch (error) {
      this.drop(path, file);
      throw error;
    } finally {
      file.users--;
      if (file.isDropped && file.users === 0) release(file);
    }
  }

  /** What is open and not in use just now is closed. */
  close(): void {
    for (const [path, file] of this.files) this.drop(path, file);
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async open(path: string): Promise<number> {
    return this.isCareful() ? openFile(path, 'r') : this.timed(() => openSync(path, 'r'));
  }

  private isCareful(): boolean {
    return performance.now() < this.carefulUntilMs;
  }

  /** What this thread does by itself, unless it had to wait for the disk lately. */
  private timed<T>(work: () => T): T {
    const startedMs = performance.now();
    try {
      return work();
    } finally {
      const endedMs = performance.now();
      if (endedMs - startedMs > SLOW_MS) this.carefulUntilMs = endedMs + CAREFUL_MS;
    }
  }

  private take(path: string): OpenFile {
    let file = this.files.get(path);
    if (file === undefined) {
      file = { descriptor: this.open(path), users: 0, isDropped: false };
      // Told to whoever waits for it.
      file.descriptor.catch(() => undefined);
    } else {
      this.files.delete(path);
    }
    this.files.set(path, file);
    file.users++;
    if (this.files.size > MAXIMUM_OPEN) {
      const [oldest, other] = this.files.entries().next().value!;
      this.drop(oldest, other);
    }
    this.usedAtMs = performance.now();
    this.timer ??= setTimeout(() => this.closeIdle(), IDLE_MS).unref();
    return file;
  }

  private closeIdle(): void {
    this.timer = undefined;
    const restMs = this.usedAtMs + IDLE_MS - performance.now();
    if (restMs > 0) this.timer = setTimeout(() => this.closeIdle(), restMs).unref();
    else this.close();
  }

  private drop(path: string, file: OpenFile): void {
    if (this.files.get(path) === file) this.files.delete(path);
    if (file.isDropped) return;
    file.isDropped = true;
    if (file.users === 0) release(file);
  }
}

function release(file: OpenFile): void {
  file.descriptor.then((descriptor) => closeFile(descriptor)).catch(() => undefined);
}
