/**
 * The fields of a line in their order, as they are spelled and typed. Lines of one source have the same, whichever
 * tables they go to: so names, types and the schema are looked at once for each layout, not once for each line.
 */
import type { FieldType, TableRecord } from '../catalog/records.ts';
import { BOOLEAN, FLOAT, type LineScanner, STRING } from './lineprotocol/scanner.ts';
import { ShortTexts } from './lineprotocol/short-texts.ts';
import { decodeElement } from './lineprotocol/text.ts';

const FIELD_TYPE: readonly FieldType[] = ['float', 'integer', 'uinteger', 'string', 'boolean'];

/** The staged line of a scanner. */
export type StagedLine = Pick<
  LineScanner,
  'bytes' | 'text' | 'fieldCount' | 'keyStart' | 'keyEnd' | 'keyRepeats' | 'kind'
>;

const texts = new ShortTexts();

export class FieldLayout {
  readonly names: readonly string[];
  readonly types: readonly FieldType[];
  /** The first field whose name stands before it already; -1 = none. */
  readonly repeated: number;
  /** Tables, as they are, that have all of these columns. Like the shapes made when there is a row: refused lines may have new layouts each. */
  private tables: WeakSet<TableRecord> | null = null;
  readonly kinds: Uint8Array;
  /** The next one with the same hash, and how many they are from here on. */
  next: FieldLayout | undefined;
  rank = 1;
  /** Spellings of the keys end to end. */
  private readonly keys: Uint8Array;
  private readonly ends: Int32Array;
  private narrowShape: RowShape | null = null;
  private wideShape: RowShape | null = null;

  constructor(line: StagedLine) {
    const { fieldCount, bytes, text, keyStart, keyEnd } = line;
    this.kinds = line.kind.slice(0, fieldCount);
    this.types = Array.from(this.kinds, (kind) => FIELD_TYPE[kind]!);
    this.ends = new Int32Array(fieldCount);
    const names: string[] = [];
    let length = 0;
    for (let field = 0; field < fieldCount; field++) {
      const start = keyStart[field]!;
      const end = keyEnd[field]!;
      names.push(texts.find(text, start, end) ?? decodeElement(text, start, end, 'key'));
      length += end - start;
      this.ends[field] = length;
    }
    this.keys = new Uint8Array(length);
    for (let field = 0, at = 0; field < fieldCount; at = this.ends[field++]!) {
      this.keys.set(bytes.subarray(keyStart[field], keyEnd[field]), at);
    }
    this.names = names;
    this.repeated = firstRepeated(names);
  }

  /** Of rows whose whole numbers have 32 bits at most. */
  get narrow(): RowShape {
    this.narrowShape ??= new RowShape(this, true);
    return this.narrowShape;
  }

  /** Of all others. */
  get wide(): RowShape {
    this.wideShape ??= new RowShape(this, false);
    return this.wideShape;
  }

  isKnownTo(table: TableRecord): boolean {
    return this.tables?.has(table) ?? false;
  }

  setKnownTo(table: TableRecord): void {
    this.tables ??= new WeakSet();
    this.tables.add(table);
  }

  /** Memory, roughly. */
  get bytes(): number {
    return 900 + this.keys.length * 2 + this.names.length * 80;
  }

  /** Whether the line, which follows one of this layout, has it, too. */
  repeatsIn({ fieldCount, keyRepeats, kind }: StagedLine): boolean {
    const { kinds } = this;
    if (fieldCount !== kinds.length) return false;
    for (let field = 0; field < fieldCount; field++) {
      if (keyRepeats[field] !== 1 || kind[field] !== kinds[field]) return false;
    }
    return true;
  }

  /** Whether the line has it. */
  standsIn({ fieldCount, bytes, keyStart, keyEnd, kind }: StagedLine): boolean {
    const { kinds, keys, ends } = this;
    if (fieldCount !== kinds.length) return false;
    for (let field = 0, at = 0; field < fieldCount; field++) {
      const end = ends[field]!;
      const start = keyStart[field]!;
      if (kind[field] !== kinds[field] || keyEnd[field]! - start !== end - at) return false;
      for (const shift = start - at; at < end; at++) if (keys[at] !== bytes[at + shift]) return false;
    }
    return true;
  }
}

/** How the values of a row lie end to end, in words of 32 bits: one for whole numbers that need no more, and for booleans. */
export class RowShape {
  readonly layout: FieldLayout;
  readonly isNarrow: boolean;
  /** Where the values of each field begin. */
  readonly offsets: Int32Array;
  readonly width: number;
  readonly hasStrings: boolean;

  constructor(layout: FieldLayout, isNarrow: boolean) {
    this.layout = layout;
    this.isNarrow = isNarrow;
    const { kinds } = layout;
    this.offsets = new Int32Array(kinds.length);
    let width = 0;
    for (let field = 0; field < kinds.length; field++) {
      this.offsets[field] = width;
      const kind = kinds[field]!;
      width += kind === BOOLEAN || (isNarrow && kind !== FLOAT && kind !== STRING) ? 1 : 2;
    }
    this.width = width;
    this.hasStrings = kinds.includes(STRING);
  }
}

function firstRepeated(names: readonly string[]): number {
  if (names.length === 1) return -1;
  const seen = new Set<string>();
  return names.findIndex((name) => seen.size === seen.add(name).size);
}

/** Layouts with one hash that are kept: somebody who finds more must not make looking up slow. */
const LAYOUTS_PER_HASH = 8;
const LIMIT_BYTES = 4 * 2 ** 20;

/** Those that were met lately. Bounded: beyond the limit it starts anew. */
export class FieldLayouts {
  private readonly byHash = new Map<number, FieldLayout>();
  private readonly limitBytes: number;
  private bytes = 0;

  constructor(limitBytes: number = LIMIT_BYTES) {
    this.limitBytes = limitBytes;
  }

  of(line: StagedLine): FieldLayout {
    const hash = hashOf(line);
    const first = this.byHash.get(hash);
    for (let layout = first; layout !== undefined; layout = layout.next) {
      if (layout.standsIn(line)) return layout;
    }
    const layout = new FieldLayout(line);
    const { bytes } = layout;
    if (bytes > this.limitBytes / 8) return layout;
    if (this.bytes + bytes > this.limitBytes) {
      this.byHash.clear();
      this.bytes = 0;
    } else if (first !== undefined && first.rank < LAYOUTS_PER_HASH) {
      layout.next = first;
      layout.rank = first.rank + 1;
    }
    this.bytes += bytes;
    this.byHash.set(hash, layout);
    return layout;
  }
}

function hashOf({ bytes, fieldCount, keyStart, keyEnd, kind }: StagedLine): number {
  let hash = 0x811c9dc5;
  for (let field = 0; field < fieldCount; field++) {
    hash = Math.imul(hash ^ kind[field]!, 0x01000193);
    const end = keyEnd[field]!;
    for (let at = keyStart[field]!; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  }
  return hash;
}
