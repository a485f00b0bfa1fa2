/** The combinations of key values of a cache, numbered in the order in which they came. */
import type { SeriesKey } from '../../ingest/lineprotocol/series-key.ts';

/** Of each key its value; null where the series lacks it. */
export type KeyValues = readonly (string | null)[];

/** A series that lacks a key takes no part, unless nulls are values. */
export const NONE = -1;
const UNKNOWN = -2;
/** Map entry, arrays and strings of a combination, roughly; the characters come on top. */
const COMBINATION_BYTES = 220;

export class Combinations {
  readonly keys: readonly string[];
  /** The key values of each. */
  readonly values: KeyValues[] = [];
  bytes = 0;
  private readonly byText = new Map<string, number>();
  /** The combination by the number that the table's buffer gave the series; valid for that owner only. */
  private owner = 0;
  private bySeries = new Int32Array(0);

  private readonly takesNulls: boolean;

  constructor(keys: readonly string[], takesNulls = false) {
    this.keys = keys;
    this.takesNulls = takesNulls;
  }

  get size(): number {
    return this.values.length;
  }

  /** To be asked with the owner of the first key of a batch. True when numbers of series mean something else now. */
  isRenumbered(owner: number): boolean {
    if (owner === this.owner) return false;
    this.owner = owner;
    this.bySeries.fill(UNKNOWN);
    return true;
  }

  /** The number of the series; -1 = not known under this owner. */
  seriesNumber(key: SeriesKey): number {
    return key.numberAmong(this.owner);
  }

  /** `series` as `seriesNumber` gave it. */
  ofSeries(key: SeriesKey, series: number): number {
    if (series < 0) return this.resolve(key);
    if (series >= this.bySeries.length) this.grow(series);
    let combination = this.bySeries[series]!;
    if (combination === UNKNOWN) {
      combination = this.resolve(key);
      this.bySeries[series] = combination;
    }
    return combination;
  }

  /** The number of the combination, a new one if need be. */
  of(values: KeyValues): number {
    const text = textOf(values);
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const number = this.values.push(values) - 1;
    this.byText.set(text, number);
    this.bytes += COMBINATION_BYTES + text.length * 4;
    return number;
  }

  find(values: KeyValues): number | undefined {
    return this.byText.get(textOf(values));
  }

  get memoryBytes(): number {
    return this.bytes + this.bySeries.byteLength;
  }

  private resolve(key: SeriesKey): number {
    const values: (string | null)[] = [];
    for (const name of this.keys) {
      const at = key.tagNames.indexOf(name);
      if (at === -1 && !this.takesNulls) return NONE;
      values.push(at === -1 ? null : key.tagValues[at]!);
    }
    return this.of(values);
  }

  private grow(series: number): void {
    const grown = new Int32Array(Math.max(series + 1, this.bySeries.length * 2, 64)).fill(UNKNOWN);
    grown.set(this.bySeries);
    this.bySeries = grown;
  }
}

/** Half a character, which no text consists of. */
const NULL_TEXT = '\ud800';

/** Lengths included, so that no two combinations read alike. */
function textOf(values: KeyValues): string {
  if (values.length === 1) return values[0] ?? NULL_TEXT;
  let text = '';
  for (const value of values) text += value === null ? NULL_TEXT : `${value.length}:${value}`;
  return text;
}

/** The one combination that the equalities leave; null when they leave more. */
export function onlyCombination(
  keys: readonly string[],
  equalities: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] | null {
  const values: string[] = [];
  for (const name of keys) {
    const allowed = equalities.get(name);
    if (allowed?.size !== 1) return null;
    values.push(...allowed);
  }
  return values;
}
