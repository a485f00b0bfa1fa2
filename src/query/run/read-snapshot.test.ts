import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DirtySpan } from '../../ingest/ingest.ts';
import { ReadSnapshot } from './read-snapshot.ts';

const take = (dirty: readonly DirtySpan[]) => ReadSnapshot.take({ readState: () => ({ dirty }) }, [1]);
const span = (from: number, to: number): DirtySpan => ({ fromNs: BigInt(from), toNs: BigInt(to) });

test('a snapshot holds as long as no new place may have duplicates', () => {
  expect(take([]).covers(take([]))).toBe(true);
  expect(take([]).covers(take([span(0, 7)]))).toBe(false);
  expect(take([span(0, 7)]).covers(take([]))).toBe(true);
  expect(take([span(0, 7)]).covers(take([span(0, 8)]))).toBe(false);
  expect(take([span(0, 7), span(9, 12)]).covers(take([span(1, 2), span(9, 12)]))).toBe(true);
});

test('the cautious one always holds, and a covering one never misses an instant', () => {
  const spans = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 })), {
    maxLength: 4,
  });
  const toSpans = (pairs: [number, number][]) => pairs.map(([from, length]) => span(from, from + length));
  fc.assert(
    fc.property(spans, spans, (first, second) => {
      const [before, after] = [toSpans(first), toSpans(second)];
      expect(ReadSnapshot.cautious([1]).covers(take(after))).toBe(true);
      if (!take(before).covers(take(after))) return;
      for (let at = 0n; at < 30n; at++) {
        const inside = (list: DirtySpan[]) => list.some(({ fromNs, toNs }) => fromNs <= at && at < toNs);
        if (inside(after)) expect(inside(before)).toBe(true);
      }
    }),
  );
});
