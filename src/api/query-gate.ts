/** `--max-concurrent-queries`: queries beyond it wait in order, up to a bound; then 429. */
import { httpErrors } from '../errors/index.ts';

const MAXIMUM_WAITING = 10_000;

export class QueryGate {
  private readonly places: number;
  private running = 0;
  private readonly waiting = new Set<() => void>();

  /** null = no limit of its own. */
  constructor(places: number | null) {
    this.places = places ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves with the call that leaves. Rejects when the waiter goes away or too many wait. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.running >= this.places) await this.wait(signal);
    else this.running++;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.leave();
    };
  }

  private wait(signal: AbortSignal): Promise<void> {
    if (this.waiting.size >= MAXIMUM_WAITING) return Promise.reject(httpErrors.overloaded());
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.waiting.delete(enter);
        reject(httpErrors.bodyRead('the client went away'));
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.add(enter);
    });
  }

  /** Hands the place to the one that waited longest. */
  private leave(): void {
    const next = this.waiting.values().next().value;
    if (next === undefined) {
      this.running--;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
