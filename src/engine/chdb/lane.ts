/** A lane: places that do one kind of work, and a bounded queue before them. */
import { EngineError } from '../engine.ts';

interface Waiting<Place> {
  readonly take: (place: Place) => void;
  readonly refuse: (error: EngineError) => void;
}

/** A place runs one statement at a time: a session in this thread, or a query thread. */
export class Lane<Place> {
  private readonly free: Place[];
  private readonly waiting: Waiting<Place>[] = [];
  private readonly size: number;
  private readonly queueLimit: number;
  private closed = false;

  constructor(places: readonly Place[], queueLimit: number) {
    this.free = [...places];
    this.size = places.length;
    this.queueLimit = queueLimit;
  }

  get running(): number {
    return this.size - this.free.length;
  }

  /** Waits for a place; an abort leaves the queue. */
  acquire(signal?: AbortSignal, { isFirst = false } = {}): Promise<Place> {
    if (this.closed) return Promise.reject(new EngineError('down', 'the engine is closed'));
    if (signal?.aborted) return Promise.reject(new EngineError('cancelled', 'cancelled before it ran'));
    const place = this.free.pop();
    if (place !== undefined) return Promise.resolve(place);
    if (this.waiting.length >= this.queueLimit && !isFirst) {
      return Promise.reject(new EngineError('overloaded', 'too many statements wait for the engine'));
    }
    return new Promise((resolve, reject) => {
      const entry: Waiting<Place> = {
        take: (place) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(place);
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
      if (isFirst) this.waiting.unshift(entry);
      else this.waiting.push(entry);
    });
  }

  /** Asks for every place, before those who wait; each resolves with how it is given back. */
  claimAll(): Promise<() => void>[] {
    return Array.from({ length: this.size }, async () => {
      const place = await this.acquire(undefined, { isFirst: true });
      return () => this.release(place);
    });
  }

  /** A place that is free now, else undefined: nothing waits. */
  take(): Place | undefined {
    return this.closed ? undefined : this.free.pop();
  }

  release(place: Place): void {
    const next = this.waiting.shift();
    if (next !== undefined) next.take(place);
    else this.free.push(place);
  }

  async use<T>(work: (place: Place) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const place = await this.acquire(signal);
    try {
      return await work(place);
    } finally {
      this.release(place);
    }
  }

  /** Refuses what waits and what comes; what runs goes on. */
  close(): void {
    this.closed = true;
    for (const entry of this.waiting.splice(0)) entry.refuse(new EngineError('down', 'the engine is closed'));
  }
}
