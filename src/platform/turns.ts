/**
 * Long work in slices, one in each turn of this thread's event loop, whoever's it is: what is called back by
 * `setImmediate` runs in one and the same turn, so that each of many who slice their work alone keeps the loop.
 */

/**
 * What a slice may take; beside it a turn has the input and output of everybody. A query has several turns to wait for:
 * one host's hour beside writing at half speed took 8.9 to 12.2 ms (p50) with slices of 1 ms, 10.5 to 13.6 with 4, and
 * writing alone was as fast (2026-11-28, three and four runs in turn).
 */
const SLICE_MS = 1;

export class Turns {
  private readonly monotonicMs: () => number;
  private readonly waiting: (() => void)[] = [];
  private isScheduled = false;
  private endsAtMs = Number.NEGATIVE_INFINITY;

  constructor(monotonicMs: () => number = () => performance.now()) {
    this.monotonicMs = monotonicMs;
  }

  /** Resolves at the start of a slice, behind all work that came before. */
  begin(): Promise<void> {
    return this.wait((start) => this.waiting.push(start));
  }

  /** Resolves at the start of the next slice of work that has begun: it is finished before other work begins. */
  goOn(): Promise<void> {
    return this.wait((start) => this.waiting.unshift(start));
  }

  /** Whether the slice that was started last has had its time. */
  get isOver(): boolean {
    return this.monotonicMs() >= this.endsAtMs;
  }

  private wait(queue: (start: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      queue(resolve);
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.isScheduled || this.waiting.length === 0) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.endsAtMs = this.monotonicMs() + SLICE_MS;
      this.waiting.shift()!();
      this.schedule();
    });
  }
}

/** Those of this thread. */
export const turns = new Turns();
