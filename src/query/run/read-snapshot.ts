/** How the tables of a query were to be read when it was printed, and whether that still held when it started. */
import type { Ingest, TableReadState } from '../../ingest/ingest.ts';

const EVERYTHING: TableReadState = { dirty: [{ fromNs: -(2n ** 63n), toNs: 2n ** 63n }] };

export class ReadSnapshot {
  private readonly states: ReadonlyMap<number, TableReadState>;

  private constructor(states: ReadonlyMap<number, TableReadState>) {
    this.states = states;
  }

  static take(ingest: Pick<Ingest, 'readState'>, tableIds: readonly number[]): ReadSnapshot {
    return new ReadSnapshot(new Map(tableIds.map((id) => [id, ingest.readState(id)])));
  }

  /** Duplicates anywhere: right at every moment, and slower. */
  static cautious(tableIds: readonly number[]): ReadSnapshot {
    return new ReadSnapshot(new Map(tableIds.map((id) => [id, EVERYTHING])));
  }

  readState(tableId: number): TableReadState {
    return this.states.get(tableId) ?? EVERYTHING;
  }

  /** False when duplicates may have come where this snapshot said that there are none. */
  covers(later: ReadSnapshot): boolean {
    for (const [id, { dirty }] of later.states) {
      const known = this.readState(id).dirty;
      const isKnown = dirty.every((span) =>
        known.some(({ fromNs, toNs }) => fromNs <= span.fromNs && span.toNs <= toNs),
      );
      if (!isKnown) return false;
    }
    return true;
  }
}
