/** Logged requests reach the buffers in the order of the log, whatever order their promises settle in. */
import type { Turns } from '../platform/turns.ts';
import type { LogSequence } from './wal/log.ts';

/** So many bytes of requests are applied before others run, a millisecond or two. */
const REST_BYTES = 2 ** 21;

interface Entry {
  /** No later than the record's own sequence. */
  readonly notBefore: LogSequence;
  readonly bytes: number;
  state: 'waiting' | 'logged' | 'failed';
  sequence: LogSequence;
  readonly apply: (sequence: LogSequence) => void;
  readonly done: () => void;
}

export class ApplyOrder {
  private readonly entries: Entry[] = [];
  private readonly turns: Turns;
  private first = 0;
  /** Others run before it goes on. */
  private isResting = false;
  /** Bytes of requests that were applied since it rested. */
  private sinceRest = 0;
  /** Bytes of the requests that wait. */
  bytes = 0;

  constructor(turns: Turns) {
    this.turns = turns;
  }

  /**
   * Takes its place in the order now. Resolves when `appended` has and `apply` ran, after those of all earlier
   * requests; rejects when the log could not keep the record.
   */
  add(
    notBefore: LogSequence,
    bytes: number,
    appended: Promise<LogSequence>,
    apply: (sequence: LogSequence) => void,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const entry: Entry = { notBefore, bytes, state: 'waiting', sequence: 0, apply, done: resolve };
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

  /** The oldest record that may not be in a buffer yet; infinite when there is none. */
  get oldest(): LogSequence {
    return this.entries[this.first]?.notBefore ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves when everything that is here now was applied. */
  async drained(): Promise<void> {
    const last = this.entries.at(-1);
    if (this.first === this.entries.length || last === undefined) return;
    await this.add(last.notBefore, 0, Promise.resolve(last.sequence), () => {});
  }

  private advance(): void {
    if (this.isResting) return;
    for (; ; this.first++) {
      const entry = this.entries[this.first];
      if (entry === undefined || entry.state === 'waiting') break;
      if (this.sinceRest > REST_BYTES) {
        this.rest();
        break;
      }
      this.bytes -= entry.bytes;
      this.sinceRest += entry.bytes;
      if (entry.state === 'logged') entry.apply(entry.sequence);
      entry.done();
    }
    this.forgetDone();
  }

  /** Many large requests may have waited for one fsync. */
  private rest(): void {
    this.isResting = true;
    void this.turns.goOn().then(() => {
      this.isResting = false;
      this.sinceRest = 0;
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
