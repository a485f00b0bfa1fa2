/** Logged requests reach the buffers in the order of the log, whatever order their promises settle in. */
import type { Turns } from '../platform/turns.ts';
import type { LogSequence } from './wal/log.ts';

/** For so long requests are applied before others run. */
const SLICE_MS = 2;

interface Entry {
  /** No later than the record's own sequence. */
  readonly notBefore: LogSequence;
  readonly bytes: number;
  state: 'waiting' | 'logged' | 'failed';
  sequence: LogSequence;
  readonly apply: Apply;
  /** Of the one that is being applied. */
  steps: Iterator<unknown> | null;
  readonly done: () => void;
}

/** Applies a request: some of it at each step, between which others may run. */
type Apply = (sequence: LogSequence) => Iterable<unknown>;

export class ApplyOrder {
  private readonly entries: Entry[] = [];
  private readonly turns: Turns;
  private readonly monotonicMs: () => number;
  private first = 0;
  /** Others run before it goes on. */
  private isResting = false;
  /** What is left of the slice. */
  private leftMs = SLICE_MS;
  /** Of those who wait for the request that was applied in part. */
  private wholes: (() => void)[] = [];
  /** Bytes of the requests that wait. */
  bytes = 0;

  constructor(turns: Turns, monotonicMs: () => number = () => performance.now()) {
    this.turns = turns;
    this.monotonicMs = monotonicMs;
  }

  /**
   * Takes its place in the order now. Resolves when `appended` has and `apply` ran to its end, after those of all
   * earlier requests; rejects when the log could not keep the record.
   */
  add(notBefore: LogSequence, bytes: number, appended: Promise<LogSequence>, apply: Apply): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const entry: Entry = {
      notBefore,
      bytes,
      state: 'waiting',
      sequence: 0,
      apply,
      steps: null,
      done: resolve,
    };
    this.entries.push(entry);
    this.bytes += bytes;
    const settled = appended.then(
      (sequence) => {
        entry.sequence = sequence;
        entry.state = 'logged';
        this.advance();
        return promise;
      },
      (error: unknown) => {
        entry.state = 'failed';
        this.advance();
        throw error;
      },
    );
    return settled;
  }

  /** The oldest record that may not be in a buffer yet, or only in part; infinite when there is none. */
  get oldest(): LogSequence {
    return this.entries[this.first]?.notBefore ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves when everything that is here now was applied. */
  async drained(): Promise<void> {
    const last = this.entries.at(-1);
    if (this.first === this.entries.length || last === undefined) return;
    await this.add(last.notBefore, 0, Promise.resolve(last.sequence), () => []);
  }

  /** undefined: no request is applied in part. Else it resolves when that one is whole and the next has not begun. */
  whole(): Promise<void> | undefined {
    if ((this.entries[this.first]?.steps ?? null) === null) return undefined;
    return new Promise((resolve) => this.wholes.push(resolve));
  }

  private advance(): void {
    if (this.isResting) return;
    let nowMs = this.monotonicMs();
    const untilMs = nowMs + this.leftMs;
    for (;;) {
      const entry = this.entries[this.first];
      if (entry === undefined || entry.state === 'waiting') break;
      if (nowMs >= untilMs) {
        this.rest();
        break;
      }
      if (this.advanceEntry(entry)) this.finish(entry);
      if (this.isResting) break;
      nowMs = this.monotonicMs();
    }
    this.leftMs = untilMs - nowMs;
    this.forgetDone();
  }

  /** False: there is more of it. */
  private advanceEntry(entry: Entry): boolean {
    if (entry.state === 'failed') return true;
    entry.steps ??= entry.apply(entry.sequence)[Symbol.iterator]();
    return entry.steps.next().done === true;
  }

  private finish(entry: Entry): void {
    this.first++;
    this.bytes -= entry.bytes;
    entry.steps = null;
    entry.done();
    if (this.wholes.length === 0) return;
    for (const resolve of this.wholes.splice(0)) resolve();
    this.rest();
  }

  /** Many large requests may have waited for one fsync, and one may have a million rows. */
  private rest(): void {
    this.isResting = true;
    void this.turns.goOn().then(() => {
      this.isResting = false;
      this.leftMs = SLICE_MS;
      this.advance();
    });
  }

  private forgetDone(): void {
    if (this.first > 1024 || this.first === this.entries.length) {
      this.entries.splice(0, this.first);
      this.first = 0;
    }
  }
}
