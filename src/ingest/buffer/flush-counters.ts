/** What flushing has done so far, for the metrics. */
export class FlushCounters {
  flushes = 0;
  failures = 0;
  rows = 0;
  seconds = 0;

  /** Counts one insert into the engine, whatever becomes of it. */
  async count(rows: number, nowMs: () => number, insert: () => Promise<void>): Promise<void> {
    const startedMs = nowMs();
    try {
      await insert();
      this.flushes++;
      this.rows += rows;
    } catch (error) {
      this.failures++;
      throw error;
    } finally {
      this.seconds += (nowMs() - startedMs) / 1000;
    }
  }
}
