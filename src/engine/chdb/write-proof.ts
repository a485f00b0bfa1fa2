/**
 * Whether the disk took all that the engine wrote. When it does not (it is full, or fails), chDB 26.7 goes on as if it
 * had: the exception of a failed write is taken out of it (`WriteBufferFromFileDescriptor::nextImpl`). An insert, a
 * merge, also one of the engine's own, or a delete then answers ok, and its part is broken. But the engine counts such
 * writes. So nothing passes for done while that number has grown, until what was broken has been put right.
 */
import type { Logger } from '../../telemetry/logger.ts';
import { EngineError, type EngineErrorKind } from '../engine.ts';

export interface WriteProofParts {
  /** Writes that failed since this process began. */
  countFailed(): Promise<number>;
  /**
   * Puts right what was written in the last so many milliseconds, with the engine at a standstill. Resolves with the
   * number of failed writes at that time.
   */
  putRight(withinMs: number): Promise<number>;
  readonly monotonicMs: () => number;
  readonly logger: Logger;
}

export interface WriteWatch {
  /** Throws `down` unless the disk took everything until now. */
  require(): Promise<void>;
  /** What an error of the statement means. */
  explain(error: EngineError): Promise<EngineError>;
}

/** What a broken part, or a table that is just read again, looks like to a statement. */
const MAY_BE_BROKEN: readonly EngineErrorKind[] = ['internal', 'unknown'];

export class WriteProof {
  private readonly parts: WriteProofParts;
  /** What was written is whole, but for the first so many failed writes, which were put right. */
  private provenCount = 0;
  private seenCount = 0;
  private provenAtMs: number;
  /** Times that something was put right. */
  private repairs = 0;
  private repairing: Promise<void> | undefined;
  private reading: Promise<unknown> = Promise.resolve();
  /** The read that has not begun yet: it serves all who wait. */
  private next: Promise<number> | undefined;

  constructor(parts: WriteProofParts) {
    this.parts = parts;
    this.provenAtMs = parts.monotonicMs();
  }

  /** Runs what writes, or looks at what was written; throws `down` unless all of it is on the disk. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.seenCount !== this.provenCount) throw notTaken();
    const watch = this.watch();
    const result = await work();
    await watch.require();
    return result;
  }

  /** To be called when a statement begins. */
  watch(): WriteWatch {
    const { repairs } = this;
    const isCertain = async () => (await this.holds()) && this.repairs === repairs;
    return {
      require: async () => {
        if (!(await isCertain())) throw notTaken();
      },
      explain: async (error) => {
        if (!MAY_BE_BROKEN.includes(error.kind)) return error;
        return (await isCertain().catch(() => true)) ? error : notTaken(error);
      },
    };
  }

  /** Called now and then, for the engine's own merges. Resolves when all is put right that could be. */
  async look(): Promise<void> {
    if (!(await this.holds())) await this.repairing;
  }

  /** Resolves when nothing of this is under way in the engine. */
  async idle(): Promise<void> {
    await this.next?.catch(() => undefined);
    await this.reading;
    await this.repairing;
  }

  /** Whether all is on the disk; begins to put it right if not. */
  private async holds(): Promise<boolean> {
    const startedAtMs = this.parts.monotonicMs();
    this.seenCount = Math.max(this.seenCount, await this.count());
    if (this.seenCount === this.provenCount) {
      if (this.repairing === undefined) this.provenAtMs = startedAtMs;
      return true;
    }
    this.repairing ??= this.repair().finally(() => {
      this.repairing = undefined;
    });
    return false;
  }

  private async repair(): Promise<void> {
    const { putRight, monotonicMs, logger } = this.parts;
    const startedAtMs = monotonicMs();
    try {
      this.provenCount = await putRight(startedAtMs - this.provenAtMs);
      this.seenCount = Math.max(this.seenCount, this.provenCount);
      this.provenAtMs = startedAtMs;
      this.repairs++;
    } catch (error) {
      logger.error({ err: error }, 'what a full disk broke could not be put right, it is tried again');
    }
  }

  /** Of a read that begins after the call. */
  private count(): Promise<number> {
    this.next ??= this.reading.then(() => {
      this.next = undefined;
      const count = this.parts.countFailed();
      this.reading = count.catch(() => undefined);
      return count;
    });
    return this.next;
  }
}

function notTaken(cause?: EngineError): EngineError {
  return new EngineError('down', 'the disk is full or fails: it did not take everything', cause && { cause });
}
