/** Last used, from where, by what, how often (B4): kept in memory, written behind. */
import type { Catalog, TokenUsage } from '../catalog/catalog.ts';
import type { Clock } from '../platform/clock.ts';

const MAXIMUM_AGENT_CHARACTERS = 128;

export class UsageRecorder {
  private readonly catalog: Pick<Catalog, 'saveTokenUsage' | 'tokenUsage' | 'tokenById'>;
  private readonly clock: Clock;
  private readonly changed = new Map<number, { -readonly [Key in keyof TokenUsage]: TokenUsage[Key] }>();

  constructor(catalog: Pick<Catalog, 'saveTokenUsage' | 'tokenUsage' | 'tokenById'>, clock: Clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  record(tokenId: number, client: string, userAgent: string | undefined): void {
    let usage = this.changed.get(tokenId);
    if (usage === undefined) {
      const useCount = this.catalog.tokenUsage().get(tokenId)?.useCount ?? 0;
      usage = { tokenId, lastUsedAtMs: 0, lastUsedFrom: null, lastUsedBy: null, useCount };
      this.changed.set(tokenId, usage);
    }
    usage.lastUsedAtMs = this.clock.nowMs();
    usage.lastUsedFrom = client;
    usage.lastUsedBy = userAgent?.slice(0, MAXIMUM_AGENT_CHARACTERS) ?? null;
    usage.useCount++;
  }

  /** Writes what changed; what cannot be written stays for the next time. */
  async flush(): Promise<void> {
    if (this.changed.size === 0) return;
    const batch = [...this.changed.values()].filter(
      ({ tokenId }) => this.catalog.tokenById(tokenId) !== undefined,
    );
    const written = batch.map((usage) => ({ ...usage }));
    await this.catalog.saveTokenUsage(written);
    for (const usage of written) {
      if (this.changed.get(usage.tokenId)?.useCount === usage.useCount) this.changed.delete(usage.tokenId);
    }
    for (const tokenId of [...this.changed.keys()]) {
      if (this.catalog.tokenById(tokenId) === undefined) this.changed.delete(tokenId);
    }
  }
}
