/** Back-pressure: writers wait while the memory of rows that are not in the engine is full, then are refused. */
import { ingestErrors } from '../errors/index.ts';

export class Room {
  private readonly waiting: (() => void)[] = [];
  private readonly isFull: () => boolean;
  private readonly waitMs: number;

  constructor(isFull: () => boolean, waitMs: number) {
    this.isFull = isFull;
    this.waitMs = waitMs;
  }

  /** undefined: there is room now. Rejects with 429 when there is none for too long. */
  wait(): Promise<void> | undefined {
    return this.isFull() ? this.waitForRoom() : undefined;
  }

  /** To be called when memory was given back. */
  freed(): void {
    if (this.isFull()) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private async waitForRoom(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(ingestErrors.writeOverloaded()), this.waitMs);
    });
    try {
      // Those who were woken together may fill it again at once.
      while (this.isFull()) {
        let wake = () => {};
        const freed = new Promise<void>((resolve) => {
          wake = resolve;
          this.waiting.push(resolve);
        });
        try {
          await Promise.race([freed, late]);
        } finally {
          const index = this.waiting.indexOf(wake);
          if (index !== -1) this.waiting.splice(index, 1);
        }
      }
    } finally {
      clearTimeout(timer);
      late.catch(() => undefined);
    }
  }
}
