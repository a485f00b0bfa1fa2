/** A text thread, seen from the main thread. */
import { Worker } from 'node:worker_threads';
import type { ResultColumn } from '../../types.ts';
import { resultBytes } from '../result-bytes.ts';
import type { TextFormat } from '../text-format.ts';
import type { FromTextThread, ToTextThread } from './text-protocol.ts';

/** Rows as text, without what stands before the first and behind the last one. */
export interface LaidRows {
  /** How many were begun since the last text. */
  readonly rows: number;
  /** To be given back to `resultBytes`, or left to the collector. */
  readonly text: Uint8Array;
}

type Heard = Extract<FromTextThread, { kind: 'text' | 'done' | 'failed' }>;

/** One result on a thread. */
export class LaidResult {
  private readonly tell: (message: ToTextThread, transfer?: ArrayBuffer[]) => void;
  private readonly id: number;
  private readonly ended: () => void;
  private readonly heard: Heard[] = [];
  private wake = () => {};

  constructor(id: number, tell: LaidResult['tell'], ended: () => void) {
    this.id = id;
    this.tell = tell;
    this.ended = ended;
  }

  /**
   * Takes the chunk's memory and has it laid from now on. The rows of a chunk are to be read before those of the next
   * one; reading throws when the thread could not.
   */
  lay(chunk: Uint8Array): AsyncGenerator<LaidRows> {
    const { buffer } = chunk;
    // Moved, not copied, when the bytes have their buffer for themselves.
    const isOwned = buffer.byteLength === chunk.byteLength && buffer instanceof ArrayBuffer;
    const moved = isOwned ? chunk : new Uint8Array(chunk);
    this.tell({ kind: 'lay', id: this.id, chunk: moved }, [moved.buffer as ArrayBuffer]);
    return this.laid();
  }

  private async *laid(): AsyncGenerator<LaidRows> {
    while (true) {
      const next = this.heard.shift();
      if (next === undefined)
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      else if (next.kind === 'done') return;
      else if (next.kind === 'failed') throw new Error(`a text thread failed: ${next.message}`);
      else {
        const bytes = next.text.byteLength;
        resultBytes.adopt(next.text);
        yield next;
        this.tell({ kind: 'read', id: this.id, bytes });
      }
    }
  }

  /** The thread forgets the result, whatever is left of it. */
  end(): void {
    this.tell({ kind: 'end', id: this.id });
    this.ended();
  }

  hear(message: Heard): void {
    this.heard.push(message);
    this.wake();
  }
}

/** The same file runs as TypeScript from `src` and as JavaScript from `dist`. */
export const TEXT_THREAD_BODY = import.meta.url.endsWith('.ts')
  ? new URL('./text-thread-main.ts', import.meta.url)
  : new URL('./text-thread-main.js', import.meta.url);

export class TextThread {
  private readonly worker: Worker;
  private readonly results = new Map<number, LaidResult>();
  private readonly gone: (error: unknown) => void;
  private nextId = 0;
  private isGone = false;
  isReady = false;

  /** `gone` is called once, when the thread has ended; the results on it fail. */
  constructor(body: URL, gone: (error: unknown) => void) {
    this.gone = gone;
    this.worker = new Worker(body);
    this.worker.on('message', (message: FromTextThread) => this.hear(message));
    this.worker.once('error', (error) => this.fail(error));
    this.worker.once('exit', () => this.fail(new Error('it ended')));
    // A process that has nothing else to do may end.
    this.worker.unref();
  }

  get busy(): number {
    return this.results.size;
  }

  open(columns: readonly ResultColumn[], format: TextFormat): LaidResult {
    const id = this.nextId++;
    const tell = (message: ToTextThread, transfer: ArrayBuffer[] = []) =>
      this.worker.postMessage(message, transfer);
    const result = new LaidResult(id, tell, () => this.forget(id));
    this.results.set(id, result);
    this.worker.ref();
    tell({ kind: 'open', id, columns, format });
    return result;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private hear(message: FromTextThread): void {
    if (message.kind === 'ready') this.isReady = true;
    else this.results.get(message.id)?.hear(message);
  }

  private forget(id: number): void {
    this.results.delete(id);
    if (this.results.size === 0) this.worker.unref();
  }

  private fail(error: unknown): void {
    if (this.isGone) return;
    this.isGone = true;
    for (const [id, result] of this.results) result.hear({ kind: 'failed', id, message: String(error) });
    this.gone(error);
  }
}
