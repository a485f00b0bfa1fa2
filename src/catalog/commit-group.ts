/**
 * Changes that are committed together: each waits until the others are as far, or gone. A request that brings
 * hundreds of tables would else pay an fsync for each, because the engine is done with them one by one.
 */
export class CommitGroup {
  private awaited: number;
  private readonly everybody = Promise.withResolvers<void>();

  constructor(members: number) {
    this.awaited = members;
  }

  /** A member's place; to be called once for each. */
  join(): CommitPlace {
    let isAwaited = true;
    const arrive = () => {
      if (!isAwaited) return;
      isAwaited = false;
      if (--this.awaited === 0) this.everybody.resolve();
    };
    return {
      ready: () => {
        arrive();
        return this.everybody.promise;
      },
      leave: arrive,
    };
  }
}

export interface CommitPlace {
  /** Resolves when nobody is waited for any more. */
  ready(): Promise<void>;
  /** The others need not wait for this one; nothing happens when it was ready already. */
  leave(): void;
}
