/** A query thread, seen from the main thread. */
import { Worker } from 'node:worker_threads';
import { EngineError } from '../engine.ts';
import { mapError } from './map-error.ts';
import type { FromThread, ToThread } from './thread-protocol.ts';

/** What a statement's reader hears from its thread; `settled` comes exactly once, and last. */
export interface ThreadListener {
  chunk(bytes: Uint8Array, rows: number): void;
  settled(error: EngineError | undefined): void;
}

export interface ThreadStatement {
  readonly sql: string;
  readonly format: string;
  readonly streamed: boolean;
  readonly windowBytes: number;
}

/**
 * Threads without a session, for the next engine of this process. A thread that has used the engine must not
 * end while the process goes on using it: its ending would hang every later statement. So none ever ends.
 */
const spare: Worker[] = [];

/** One session on a thread of its own; the thread starts with the first statement. */
export class QueryThread {
  private readonly path: string;
  private readonly connectionArgs: readonly string[];
  private worker: Worker | undefined;
  private opening: Promise<void> | undefined;
  private opened: ((error: EngineError | undefined) => void) | undefined;
  private closed: (() => void) | undefined;
  private listener: ThreadListener | undefined;
  private failure: EngineError | undefined;
  private id = 0;
  private readonly onMessage = (message: FromThread) => this.hear(message);
  private readonly onError = (error: unknown) => this.fail(`a query thread failed: ${String(error)}`);
  private readonly onExit = () => this.fail('a query thread ended');

  constructor(path: string, connectionArgs: readonly string[]) {
    this.path = path;
    this.connectionArgs = connectionArgs;
  }

  /** Resolves when a statement may start. Errors: `down`. */
  ready(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.opening ??= this.open().catch((error: unknown) => {
      // The next statement tries again.
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private open(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.worker === undefined) this.hire(spare.pop() ?? new Worker(bodyUrl()));
      this.worker?.ref();
      this.opened = (error) => (error === undefined ? resolve() : reject(error));
      this.tell({ kind: 'open', path: this.path, connectionArgs: this.connectionArgs });
    });
  }

  private hire(worker: Worker): void {
    this.worker = worker;
    worker.on('message', this.onMessage);
    worker.on('error', this.onError);
    worker.on('exit', this.onExit);
  }

  /** Starts a statement; the thread must be ready and without one. */
  start(statement: ThreadStatement, listener: ThreadListener): void {
    if (this.failure !== undefined) {
      listener.settled(this.failure);
      return;
    }
    this.listener = listener;
    this.worker?.ref();
    this.tell({ kind: 'start', id: ++this.id, ...statement });
  }

  /** The reader has read so many bytes more. */
  read(bytes: number): void {
    this.tell({ kind: 'read', id: this.id, bytes });
  }

  /** Frees a stream that waits for its reader; what computes must be killed in the engine besides. */
  cancel(): void {
    this.tell({ kind: 'cancel', id: this.id });
  }

  /** Closes the session; the thread goes back to the spare ones. */
  async close(): Promise<void> {
    const { worker } = this;
    if (worker === undefined || this.failure !== undefined) return;
    await this.opening?.catch(() => {});
    const idle = this.listener === undefined;
    worker.ref();
    await new Promise<void>((resolve) => {
      this.closed = resolve;
      this.tell({ kind: 'close' });
    });
    worker.off('message', this.onMessage);
    worker.off('error', this.onError);
    worker.off('exit', this.onExit);
    worker.unref();
    this.worker = undefined;
    this.fail('the engine is closed');
    if (idle) spare.push(worker);
  }

  private hear(message: FromThread): void {
    switch (message.kind) {
      case 'opened':
        this.worker?.unref();
        this.opened?.(message.error === undefined ? undefined : new EngineError('down', message.error));
        break;
      case 'chunk':
        if (message.id === this.id) this.listener?.chunk(message.bytes, message.rows);
        break;
      case 'settled': {
        const { listener } = this;
        this.listener = undefined;
        this.worker?.unref();
        listener?.settled(message.error === undefined ? undefined : mapError(message.error));
        break;
      }
      case 'closed':
        this.closed?.();
        break;
    }
  }

  private tell(message: ToThread): void {
    this.worker?.postMessage(message);
  }

  private fail(reason: string): void {
    this.failure ??= new EngineError('down', reason);
    const { listener } = this;
    this.listener = undefined;
    this.opened?.(this.failure);
    this.closed?.();
    listener?.settled(this.failure);
  }
}

/** The same file runs as TypeScript from `src` and as JavaScript from `dist`. */
function bodyUrl(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./query-thread-main.ts', import.meta.url)
    : new URL('./query-thread-main.js', import.meta.url);
}
