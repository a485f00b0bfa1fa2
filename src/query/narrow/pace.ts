/** Work in slices, so that the event loop is never kept for long; between them it is asked whether to go on at all. */
import { EngineError } from '../../engine/engine.ts';
import { turns } from '../../platform/turns.ts';

/** What a slice may touch: a fraction of a millisecond. Most statements touch less in all and never wait. */
const SLICE_VALUES = 100_000;

export class Pace {
  private readonly signal: AbortSignal;
  private readonly isLate: () => boolean;
  private spent = 0;

  /** `isLate`: whether the time of the query is over. */
  constructor(signal: AbortSignal, isLate: () => boolean) {
    this.signal = signal;
    this.isLate = isLate;
  }

  /** Counts what was touched; what it gives, if anything, has to be waited for before more is. */
  spend(values: number): Promise<void> | undefined {
    this.spent += values;
    return this.spent < SLICE_VALUES ? undefined : this.pause();
  }

  /** Throws when nobody waits for the answer any more, or not that long. */
  check(): void {
    if (this.signal.aborted) throw new EngineError('cancelled', 'the request is gone');
    if (this.isLate()) throw new EngineError('time', 'the time of the query is over');
  }

  private async pause(): Promise<void> {
    this.spent = 0;
    await turns.goOn();
    this.check();
  }
}
