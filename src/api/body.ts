/** Reading of request bodies: capped on the wire and again inflated (`http-api.md` 3.2, `auth.md` 3.8). */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { httpErrors } from '../errors/index.ts';
import type { BytePool } from '../platform/byte-pool.ts';
import { inflate } from './inflate.ts';

const NEWLINE = 0x0a;
const JSON_TYPE = /^application\/(?:[^;\s]+\+)?json\s*(?:;|$)/i;

/**
 * The whole body, inflated. At most `limitBytes` on the wire and at most as many inflated, else 413. It may lie in
 * an array of the pool, to which the caller gives it back.
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
  pool?: BytePool,
): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity' && encoding !== '') {
    throw httpErrors.contentEncoding(encoding);
  }
  if (encoding === 'gzip') {
    const packed = await readWire(request, limitBytes, pool);
    try {
      return await inflateBody(packed, limitBytes, pool);
    } finally {
      pool?.give(packed);
    }
  }
  return readWire(request, limitBytes, pool);
}

/** The body as text; 400 where it is not UTF-8. */
export async function readText(request: IncomingMessage, limitBytes: number): Promise<string> {
  return decodeText(await readBody(request, limitBytes));
}

/** The body of a call that takes JSON: type, encoding, size and text are checked in this order. */
export async function readJsonText(request: IncomingMessage, limitBytes: number): Promise<string> {
  if (!isJson(request)) throw httpErrors.contentType();
  return readText(request, limitBytes);
}

export function isJson(request: IncomingMessage): boolean {
  return JSON_TYPE.test(request.headers['content-type'] ?? '');
}

/** Throws a 400 that names the first line that is not UTF-8. */
export function requireUtf8(body: Uint8Array): void {
  if (isUtf8(body)) return;
  // All before `low` is good, what is between it and `high` is not.
  let low = 0;
  let high = body.length;
  for (;;) {
    const middle = (low + high) >> 1;
    let split = body.indexOf(NEWLINE, middle) + 1;
    if (split === 0 || split >= high) split = body.lastIndexOf(NEWLINE, middle) + 1;
    if (split <= low || split >= high) break;
    if (isUtf8(body.subarray(low, split))) low = split;
    else high = split;
  }
  let line = 1;
  for (let at = 0; at < low; at++) if (body[at] === NEWLINE) line++;
  throw httpErrors.bodyNotUtf8(line);
}

function decodeText(body: Uint8Array): string {
  requireUtf8(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

async function inflateBody(packed: Uint8Array, limitBytes: number, pool?: BytePool): Promise<Uint8Array> {
  const inflated = await inflate(packed, limitBytes, pool).catch((error: Error) => {
    throw httpErrors.gzip(error.message);
  });
  if (inflated === undefined) throw httpErrors.payloadTooLarge(limitBytes);
  return inflated;
}

function readWire(request: IncomingMessage, limitBytes: number, pool?: BytePool): Promise<Uint8Array> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > limitBytes) {
    return Promise.reject(httpErrors.payloadTooLarge(limitBytes));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    /** The place for a body whose size was declared: its pieces need not be kept until they are joined. */
    let whole: Uint8Array | undefined;
    let bytes = 0;
    const fail = (error: Error) => {
      request.removeAllListeners('data');
      // What still comes is thrown away by the pipeline, which also closes the connection.
      request.pause();
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limitBytes) fail(httpErrors.payloadTooLarge(limitBytes));
      else if (chunk.length === declaredBytes || bytes > declaredBytes) chunks.push(chunk);
      else {
        whole ??= pool?.take(declaredBytes) ?? Buffer.allocUnsafeSlow(declaredBytes);
        whole.set(chunk, bytes - chunk.length);
      }
    });
    request.once('end', () =>
      resolve(whole?.subarray(0, bytes) ?? (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes))),
    );
    request.once('error', (error) => fail(httpErrors.bodyRead(error.message)));
    request.once('aborted', () => fail(httpErrors.bodyRead('the client went away')));
  });
}
