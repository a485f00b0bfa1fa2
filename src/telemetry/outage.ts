/** Something that fails again and again is told twice: when it begins, and when it is over. */
import type { Logger } from './logger.ts';

export class Outage<Key> {
  private readonly logger: Logger;
  private readonly words: { readonly began: string; readonly ended: string };
  private readonly failing = new Set<Key>();

  constructor(logger: Logger, words: { readonly began: string; readonly ended: string }) {
    this.logger = logger;
    this.words = words;
  }

  /** `key`: which of several; the outage lasts until none of them fails any more. */
  failed(key: Key, fields: object, cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (this.failing.size === 0) this.logger.warn({ ...fields, reason }, this.words.began);
    else this.logger.debug({ ...fields, reason }, this.words.began);
    this.failing.add(key);
  }

  /** It was done, or is not to be done any more. */
  worked(key: Key): void {
    if (this.failing.delete(key) && this.failing.size === 0) this.logger.warn({}, this.words.ended);
  }
}
