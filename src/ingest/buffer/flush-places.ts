/** Bounds how many flushes run at once; those that a reader waits for go first. */
export class FlushPlaces {
  private free: number;
  private readonly urgent: (() => void)[] = [];
  private readonly ordinary: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  async use<T>(isUrgent: boolean, work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => (isUrgent ? this.urgent : this.ordinary).push(resolve));
    try {
      return await work();
    } finally {
      const next = this.urgent.shift() ?? this.ordinary.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
