/** What many keys have in common: a measurement and names of tags in their order. */
import type { TableRecord } from '../../catalog/records.ts';
import type { SeriesParts } from './parse-series-key.ts';

const HEAD_BYTES = 300;
const NAME_BYTES = 16;

export class KeyHead {
  readonly measurement: string;
  readonly tagNames: readonly string[];
  /** The request that met it last, by number, and the number of what that kept about it. */
  owner = 0;
  slot = 0;
  /** The table, as it was, that has all these tags. */
  table: TableRecord | null = null;

  constructor({ measurement, tagNames }: SeriesParts) {
    this.measurement = measurement;
    this.tagNames = tagNames;
  }
}

export class KeyHeads {
  readonly all: KeyHead[] = [];
  bytes = 0;
  private readonly byText = new Map<string, number>();
  private last = -1;

  /** The number of the head, -1 when it is new. */
  find(parts: SeriesParts): number {
    // New series mostly have the head of the one before.
    const last = this.all[this.last];
    if (last?.tagNames === parts.tagNames && last.measurement === parts.measurement) return this.last;
    const found = this.byText.get(textOf(parts)) ?? -1;
    if (found !== -1) this.last = found;
    return found;
  }

  add(parts: SeriesParts): number {
    const text = textOf(parts);
    this.last = this.all.push(new KeyHead(parts)) - 1;
    this.byText.set(text, this.last);
    this.bytes += HEAD_BYTES + text.length * 4 + parts.tagNames.length * NAME_BYTES;
    return this.last;
  }
}

/** Lengths included, so that no two heads read alike. */
function textOf({ measurement, tagNames }: SeriesParts): string {
  let text = `${measurement.length}:${measurement}`;
  for (const name of tagNames) text += `${name.length}:${name}`;
  return text;
}
