/** The body of a text thread: lays the rows of several results, of each one chunk after the other. */
import { parentPort } from 'node:worker_threads';
import type { Block } from '../../../engine/native/block.ts';
import { decodeBlocks } from '../../../engine/native/decode.ts';
import { release } from '../../../platform/release.ts';
import { ByteSink } from '../byte-sink.ts';
import { CHUNK_BYTES } from '../chunk.ts';
import { PieceRows } from '../piece-rows.ts';
import { rowStyle } from '../text-format.ts';
import type { FromTextThread, ToTextThread } from './text-protocol.ts';

/** Text on its way to the reader at once, and one chunk more. */
const WINDOW_BYTES = 2 ** 20;
/** Memory that is moved to the other thread must not be a part of what smaller buffers share. */
const SINK_BYTES = CHUNK_BYTES + 4096;

interface Result {
  readonly id: number;
  readonly rows: PieceRows;
  readonly sink: ByteSink;
  sentBytes: number;
  ended: boolean;
  wake: () => void;
  /** Until all chunks that came are text: each waits for the one before it. */
  laid: Promise<void>;
}

const port = parentPort;
if (port === null) throw new TypeError('this file is the body of a worker thread');
const results = new Map<number, Result>();

port.on('message', (message: ToTextThread) => {
  if (message.kind === 'open') {
    const { id, columns, format } = message;
    const sink = new ByteSink(SINK_BYTES);
    const rows = new PieceRows(columns, rowStyle(columns, format), sink);
    results.set(id, { id, rows, sink, sentBytes: 0, ended: false, wake() {}, laid: Promise.resolve() });
    return;
  }
  const result = results.get(message.id);
  if (result === undefined) return;
  switch (message.kind) {
    case 'lay':
      result.laid = result.laid.then(() => lay(result, message.chunk));
      break;
    case 'read':
      result.sentBytes -= message.bytes;
      result.wake();
      break;
    case 'end':
      results.delete(result.id);
      result.ended = true;
      result.wake();
      break;
  }
});
send({ kind: 'ready' });

async function lay(result: Result, chunk: Uint8Array): Promise<void> {
  const { id } = result;
  try {
    await layBlocks(result, decodeBlocks(chunk));
    send({ kind: 'done', id });
  } catch (error) {
    send({ kind: 'failed', id, message: error instanceof Error ? String(error.stack) : String(error) });
  } finally {
    release(chunk);
  }
}

async function layBlocks(result: Result, blocks: readonly Block[]): Promise<void> {
  const { rows, sink } = result;
  let begun = 0;
  for (const block of blocks) {
    begun += block.rows;
    for (const text of rows.write(block)) {
      if (!(await granted(result))) return;
      sendText(result, begun, text);
      begun = 0;
    }
  }
  if (sink.position > 0 && (await granted(result))) sendText(result, begun, sink.take());
}

/** Waits until the reader wants more; false when it does not want any more. */
async function granted(result: Result): Promise<boolean> {
  while (result.sentBytes >= WINDOW_BYTES && !result.ended) {
    await new Promise<void>((resolve) => {
      result.wake = resolve;
    });
  }
  return !result.ended;
}

function sendText(result: Result, rows: number, text: Uint8Array): void {
  result.sentBytes += text.byteLength;
  send({ kind: 'text', id: result.id, rows, text }, [text.buffer as ArrayBuffer]);
}

function send(message: FromTextThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
