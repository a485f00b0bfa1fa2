/** Puts a reply on the wire, with back-pressure; tells how it ended. */

import type { ServerResponse } from 'node:http';
import { resultBytes } from '../query/results/result-bytes.ts';
import type { Reply } from './reply.ts';

export interface SentReply {
  readonly bytes: number;
  /** False when the client went away or the body failed after its first byte. */
  readonly complete: boolean;
  /** Why the body failed, for the log. */
  readonly failure?: unknown;
}

/** A reader that takes nothing for so long holds a query and its memory for nobody. */
const STALLED_AFTER_MS = 120_000;
/** May wait to be sent while more is made: else the next rows would not be laid while the client reads these. */
const AHEAD_BYTES = 256 * 1024;

/**
 * Once bytes are out, the only word left is to cut the connection; that is told, not thrown. The connection is closed,
 * if it is to be closed, after `received`: what is left of the request.
 */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  received?: Promise<void>,
  stalledAfterMs = STALLED_AFTER_MS,
): Promise<SentReply> {
  const { status, headers = {}, body } = reply;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    // 204 has no body and no length.
    response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': length });
    if (received === undefined) response.end(body);
    else {
      if (length > 0) response.write(body);
      else response.flushHeaders();
      await received;
      response.end();
    }
    return { bytes: length, complete: true };
  }
  response.writeHead(status, headers);
  let bytes = 0;
  try {
    for await (const chunk of body) {
      if (response.destroyed) return { bytes, complete: false };
      bytes += chunk.byteLength;
      if (!response.write(chunk, () => resultBytes.give(chunk)) && response.writableLength > AHEAD_BYTES)
        await room(response, stalledAfterMs);
    }
    response.end();
    return { bytes, complete: true };
  } catch (failure) {
    response.destroy();
    return { bytes, complete: false, failure };
  }
}

/** Resolves when the response takes more, or takes nothing any more. */
function room(response: ServerResponse, stalledAfterMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), stalledAfterMs);
    const settle = () => {
      clearTimeout(timer);
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
