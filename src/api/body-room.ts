/**
 * Large bodies of writes that are in memory at the same time: whoever finds no room waits before its body is read,
 * so that many connections with large bodies take no more memory than a few.
 */
import type { IncomingMessage } from 'node:http';
import { httpErrors, ingestErrors } from '../errors/index.ts';

/** Smaller ones do not count, and never wait for larger ones. */
const SMALL_BYTES = 256 << 10;
/** No byte of a packed body becomes more. */
const LARGEST_RATIO = 1032;

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

export class BodyRoom {
  private readonly limitBytes: number;
  private readonly waitMs: number;
  /** In the order of their arrival: a larger one is not passed by smaller ones for ever. */
  private waiting: Waiting[] = [];
  private bytes = 0;

  constructor(limitBytes: number, waitMs: number) {
    this.limitBytes = limitBytes;
    this.waitMs = waitMs;
  }

  /** Calls `use` when there is room for the request's body; 429 when there is none for too long. */
  async with<Result>(
    request: IncomingMessage,
    maximumBytes: number,
    use: () => Promise<Result>,
  ): Promise<Result> {
    const bytes = Math.min(expectedBytes(request, maximumBytes), this.limitBytes);
    if (bytes <= SMALL_BYTES) return use();
    await this.enter(bytes);
    try {
      if (request.destroyed) throw httpErrors.bodyRead('the client went away');
      return await use();
    } finally {
      this.bytes -= bytes;
      this.admit();
    }
  }

  private enter(bytes: number): Promise<void> {
    if (this.waiting.length === 0 && this.bytes + bytes <= this.limitBytes) {
      this.bytes += bytes;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((other) => other !== entry);
        reject(ingestErrors.writeOverloaded());
        // It may have been in the way of smaller ones.
        this.admit();
      }, this.waitMs);
      const entry: Waiting = {
        bytes,
        enter: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.waiting.push(entry);
    });
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (this.bytes + next.bytes > this.limitBytes) return;
      this.waiting.shift();
      this.bytes += next.bytes;
      next.enter();
    }
  }
}

/** The largest that the body can be; of one that comes in pieces only the limit is known. */
function expectedBytes({ headers }: IncomingMessage, maximumBytes: number): number {
  const declared = headers['content-length'];
  if (declared === undefined) return maximumBytes;
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  // A larger one is refused unread.
  if (isPlain) return Number(declared) > maximumBytes ? 0 : Number(declared);
  return Math.min(maximumBytes, Number(declared) * LARGEST_RATIO);
}
