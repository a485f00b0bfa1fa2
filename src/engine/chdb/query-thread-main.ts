/**
 * The body of a query thread: one engine session, one statement at a time.
 *
 * The engine analyses a streamed query, scalar subqueries included, before it hands out the stream, and on
 * the calling thread. Here that thread is not the one that serves everybody else.
 */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { Session } from 'chdb';
import { releaseFailed } from './release-failed.ts';
import { SESSION_SETTINGS } from './statement.ts';
import type { FromThread, ToThread } from './thread-protocol.ts';

interface Run {
  readonly id: number;
  readonly windowBytes: number;
  /** On their way to the reader, or with it and not yet read. */
  sentBytes: number;
  cancelled: boolean;
  wake: () => void;
}

const port = parentPort;
if (port === null) throw new TypeError('this file is the body of a worker thread');
const { Session: SessionClass } = createRequire(import.meta.url)('chdb') as { Session: typeof Session };
let session: Session | undefined;
let current: Run | undefined;

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'open':
      send(open(message.path, message.connectionArgs));
      break;
    case 'start':
      void run(message);
      break;
    case 'read':
      if (current?.id === message.id) {
        current.sentBytes -= message.bytes;
        current.wake();
      }
      break;
    case 'cancel':
      if (current?.id === message.id) {
        current.cancelled = true;
        current.wake();
      }
      break;
    case 'close':
      session?.close();
      session = undefined;
      send({ kind: 'closed' });
      break;
  }
});

function open(path: string, connectionArgs: readonly string[]): FromThread {
  try {
    session = new SessionClass(path, { connectionArgs: [...connectionArgs] });
    session.query(SESSION_SETTINGS);
    return { kind: 'opened' };
  } catch (error) {
    return { kind: 'opened', error: text(error) };
  }
}

async function run(start: Extract<ToThread, { kind: 'start' }>): Promise<void> {
  const { id, windowBytes } = start;
  const run: Run = { id, windowBytes, sentBytes: 0, cancelled: false, wake() {} };
  current = run;
  let error: string | undefined;
  try {
    if (session === undefined) throw new Error('No active connection available');
    if (start.streamed) {
      for await (const chunk of session.queryStream(start.sql, { format: start.format })) {
        if (!(await granted(run))) break;
        sendChunk(run, chunk.raw(), chunk.numRows);
      }
      // It may have been killed between two fetches, and then nothing was thrown.
      if (run.cancelled) await releaseFailed(session);
    } else {
      const result = await session.queryAsync(start.sql, { format: start.format });
      if (await granted(run)) sendChunk(run, result.bytes(), Number(result.rowsRead ?? 0));
    }
  } catch (thrown) {
    error = text(thrown);
    await releaseFailed(session);
  }
  current = undefined;
  send({ kind: 'settled', id: start.id, ...(error === undefined ? {} : { error }) });
}

/** Waits until the reader wants a chunk; false when it does not want any more. */
async function granted(run: Run): Promise<boolean> {
  while (run.sentBytes >= run.windowBytes && !run.cancelled) {
    await new Promise<void>((resolve) => {
      run.wake = resolve;
    });
  }
  return !run.cancelled;
}

function sendChunk(run: Run, bytes: Uint8Array, rows: number): void {
  if (bytes.byteLength === 0) return;
  run.sentBytes += bytes.byteLength;
  // Moved, not copied, when the bytes have their buffer for themselves.
  const owned = bytes.buffer.byteLength === bytes.byteLength && bytes.buffer instanceof ArrayBuffer;
  const moved = owned ? bytes : new Uint8Array(bytes);
  send({ kind: 'chunk', id: run.id, bytes: moved, rows }, [moved.buffer as ArrayBuffer]);
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
