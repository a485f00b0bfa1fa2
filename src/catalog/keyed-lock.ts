/** One at a time per key, in order of arrival: for changes that wait for the engine between check and commit. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<unknown>>();

  async use<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    const run = before === undefined ? work() : before.then(work, work);
    const tail = run.catch(() => undefined);
    this.tails.set(key, tail);
    try {
      return await run;
    } finally {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    }
  }
}
