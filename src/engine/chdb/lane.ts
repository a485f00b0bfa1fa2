/** A lane: sessions that do one kind of work, and a bounded queue before them. */
import type { Session } from 'chdb';
import { EngineError } from '../engine.ts';

interface Waiting {
  readonly take: (session: Session) => void;
  readonly refuse: (error: EngineError) => void;
}

/** One session runs one statement at a time, so a place in the lane is a session. */
export class Lane {
  private readonly free: Session[];
  private readonly waiting: Waiting[] = [];
  private readonly size: number;
  private readonly queueLimit: number;
  private closed = false;

  constructor(sessions: Session[], queueLimit: number) {
    this.free = [...sessions];
    this.size = sessions.length;
    this.queueLimit = queueLimit;
  }

  get running(): number {
    return this.size - this.free.length;
  }

  /** Waits for a session; an abort leaves the queue. */
  acquire(signal?: AbortSignal): Promise<Session> {
    if (this.closed) return Promise.reject(new EngineError('down', 'the engine is closed'));
    if (signal?.aborted) return Promise.reject(new EngineError('cancelled', 'cancelled before it ran'));
    const session = this.free.pop();
    if (session !== undefined) return Promise.resolve(session);
    if (this.waiting.length >= this.queueLimit) {
      return Promise.reject(new EngineError('overloaded', 'too many statements wait for the engine'));
    }
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        take: (session) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(session);
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      const onAbort = () => {
        const index = this.waiting.indexOf(entry);
        if (index >= 0) this.waiting.splice(index, 1);
        entry.refuse(new EngineError('cancelled', 'cancelled before it ran'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(entry);
    });
  }

  release(session: Session): void {
    const next = this.waiting.shift();
    if (next !== undefined) next.take(session);
    else this.free.push(session);
  }

  async use<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const session = await this.acquire(signal);
    try {
      return await work(session);
    } finally {
      this.release(session);
    }
  }

  close(): void {
    this.closed = true;
    for (const entry of this.waiting.splice(0)) entry.refuse(new EngineError('down', 'the engine is closed'));
  }
}
