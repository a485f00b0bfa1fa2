/** Looks through large parts in the background, one after the other, so that later readings know their runs. */
import type { StoredPart } from './stored-part.ts';

/** Those that come beyond wait for the next reading that wants them. */
const MAXIMUM_WAITING = 100;

export class PartIndexer {
  private readonly waiting = new Map<StoredPart, Set<string>>();
  private isRunning = false;

  add(parts: readonly StoredPart[], tags: readonly string[]): void {
    for (const part of parts) {
      const wanted = this.waiting.get(part);
      if (wanted !== undefined) for (const tag of tags) wanted.add(tag);
      else if (this.waiting.size < MAXIMUM_WAITING) this.waiting.set(part, new Set(tags));
    }
    if (!this.isRunning) void this.run();
  }

  clear(): void {
    this.waiting.clear();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    for (const [part, tags] of this.waiting) {
      try {
        await part.getIndex();
        for (const tag of tags) await part.getTag(tag);
      } catch {
        // Whoever reads the part gets the error.
      }
      this.waiting.delete(part);
    }
    this.isRunning = false;
  }
}
