import fc from 'fast-check';
import { expect, test } from 'vitest';
import { activeParts, parsePartName } from './part-name.ts';

const active = (...names: string[]) =>
  activeParts(names.flatMap((name) => parsePartName(name) ?? []))?.map(({ name }) => name) ?? null;

test('takes what was merged or changed in the place of what it came from', () => {
  expect(active('7_1_1_0', '7_2_2_0', '7_1_2_1', '8_1_1_0', '7_3_3_0')).toEqual([
    '7_1_2_1',
    '7_3_3_0',
    '8_1_1_0',
  ]);
  expect(active('7_1_2_1', '7_1_2_1_5', '7_3_3_0_5', '7_3_3_0')).toEqual(['7_1_2_1_5', '7_3_3_0_5']);
  // Merged once more without anything new: what was dropped leaves an empty part like that.
  expect(active('7_1_2_1', '7_1_2_2')).toEqual(['7_1_2_2']);
});

test('knows no other directories', () => {
  expect(active('tmp_merge_7_1_2_1', 'detached', 'delete_tmp_7_1_1_0', '7_1_1', 'all_1_1_0')).toEqual([]);
});

test('knows nothing where parts overlap otherwise', () => {
  expect(active('7_1_3_1', '7_2_4_1')).toBeNull();
  expect(active('7_1_3_0', '7_2_2_1')).toBeNull();
  expect(active('7_1_3_1', '7_2_2_0_9')).toBeNull();
});

test('holds every block once, after any merges', () => {
  const merges = fc.array(fc.tuple(fc.nat(19), fc.nat(5)), { maxLength: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), merges, (blocks, steps) => {
      let current = Array.from({ length: blocks }, (_, i) => ({ from: i, to: i, level: 0 }));
      const name = (part: { from: number; to: number; level: number }) =>
        `7_${part.from}_${part.to}_${part.level}`;
      const all = current.map(name);
      for (const [first, more] of steps) {
        const taken = current.slice(first, first + more + 1);
        if (taken.length < 2) continue;
        const level = Math.max(...taken.map((part) => part.level)) + 1;
        const merged = { from: taken[0]!.from, to: taken.at(-1)!.to, level };
        current = [...current.slice(0, first), merged, ...current.slice(first + taken.length)];
        all.push(name(merged));
      }
      expect(active(...all.reverse())).toEqual(current.map(name));
    }),
  );
});
