/** Which rows of a part a reading may want: runs by their tags, granules by the times in the primary key. */
import type { StoredRowsRequest } from '../../stored-rows.ts';
import type { PartIndex } from './stored-part.ts';
import type { SeriesRuns } from './series-runs.ts';
import type { TagValues } from './tag-values.ts';

/** Rows of one run in one granule, by their place in it. */
export interface RunPiece {
  readonly run: number;
  readonly granule: number;
  readonly start: number;
  readonly end: number;
}

/** Runs that meet the filter and may be seen. `tagOf` gives each tag that is asked for. */
export function matchingRuns(
  { count }: SeriesRuns,
  { tagFilter, visible }: Pick<StoredRowsRequest, 'tagFilter' | 'visible'>,
  tagOf: (name: string) => TagValues,
): number[] {
  const filter = acceptance(tagFilter, tagOf);
  const alternatives = visible?.map((alternative) => acceptance(alternative, tagOf));
  const found: number[] = [];
  if (filter.some(({ isAny }) => !isAny)) return found;
  for (let run = 0; run < count; run++) {
    if (!accepts(filter, run)) continue;
    if (alternatives === undefined || alternatives.some((each) => accepts(each, run))) found.push(run);
  }
  return found;
}

/** Which numbers of a tag's values are let in. */
interface Acceptance {
  readonly codes: Uint32Array;
  readonly accepted: Uint8Array;
  readonly isAny: boolean;
}

function acceptance(
  conditions: ReadonlyMap<string, ReadonlySet<string>>,
  tagOf: (name: string) => TagValues,
): Acceptance[] {
  return [...conditions].map(([name, values]) => {
    const tag = tagOf(name);
    const accepted = new Uint8Array(tag.values.length);
    let isAny = false;
    for (const value of values) {
      const code = tag.numbers.get(value);
      if (code === undefined) continue;
      accepted[code] = 1;
      isAny = true;
    }
    return { codes: tag.codes, accepted, isAny };
  });
}

function accepts(conditions: readonly Acceptance[], run: number): boolean {
  for (const { codes, accepted } of conditions) if (accepted[codes[run]!] === 0) return false;
  return true;
}

/** The pieces of the runs that may hold a time within the bounds. */
export function piecesWithin(
  { header: { keys }, granules, runs }: PartIndex,
  matching: readonly number[],
  { fromNs, toNs }: Pick<StoredRowsRequest, 'fromNs' | 'toNs'>,
): RunPiece[] {
  const pieces: RunPiece[] = [];
  for (const run of matching) {
    const from = runs.starts[run]!;
    const to = runs.starts[run + 1]!;
    for (let granule = granuleOf(granules, from); granules[granule]! < to; granule++) {
      const first = granules[granule]!;
      const next = granules[granule + 1]!;
      // A granule that begins within the run begins with one of its times, and they ascend.
      if (first >= from && keys.timeNs(granule) > toNs) break;
      if (next < to && keys.timeNs(granule + 1) < fromNs) continue;
      pieces.push({ run, granule, start: Math.max(from, first) - first, end: Math.min(to, next) - first });
    }
  }
  return pieces;
}

/** The granule that holds the row. */
function granuleOf(granules: Uint32Array, row: number): number {
  let low = 0;
  let high = granules.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (granules[middle]! <= row) low = middle;
    else high = middle;
  }
  return low;
}

/** The first place from `start` to `end` whose value is at least `wanted`; values ascend. */
export function lowerBound(values: Float64Array, start: number, end: number, wanted: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
