/** `json`, `jsonl` and `csv` against an encoder that is as plain as can be, over random blocks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { doubleText } from '../../../test/support/double-text.ts';
import type { Block, ColumnVector } from '../../engine/native/block.ts';
import {
  BINARY,
  BOOLEAN,
  DATE32,
  type DataType,
  FLOAT64,
  INT32,
  INT64,
  TAG,
  TIMESTAMP_NS,
  UINT64,
  UTF8,
} from '../types.ts';
import { encodeRows } from './encode.ts';

type Value = string | number | bigint | boolean | null;

/** How values of a type are drawn, put into a vector, and shown (`text` without quotes). */
interface Kind {
  readonly type: DataType;
  readonly value: fc.Arbitrary<Value>;
  vector(values: readonly Value[]): ColumnVector;
  text(value: Value, style: 'json' | 'text'): string;
  readonly quoted: boolean;
}

const whole = (value: Value) => BigInt(value ?? 0);
const string = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', 'long, '.repeat(70), 'a,b', '"', '\n', '\r', 'ü日本', '\u0001', '\\'),
);
const small = fc.bigInt({ min: -3n, max: 1500n });
const strings = (values: readonly Value[]): ColumnVector => {
  const parts = values.map((value) => Buffer.from(String(value ?? ''), 'utf8'));
  const ends = parts.map((_, index) =>
    parts.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0),
  );
  return { kind: 'string', bytes: Buffer.concat(parts), offsets: Uint32Array.of(0, ...ends) };
};

const KINDS: readonly Kind[] = [
  {
    type: INT64,
    value: fc.oneof(small, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    vector: (values) => ({ kind: 'int64', values: BigInt64Array.from(values, whole) }),
    text: String,
    quoted: false,
  },
  {
    type: UINT64,
    value: fc.oneof(
      small.map((value) => (value < 0n ? -value : value)),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ),
    vector: (values) => ({ kind: 'uint64', values: BigUint64Array.from(values, whole) }),
    text: String,
    quoted: false,
  },
  {
    type: INT32,
    value: fc.oneof(fc.integer({ min: -3, max: 1500 }), fc.integer()),
    vector: (values) => ({ kind: 'int32', values: Int32Array.from(values, Number) }),
    text: String,
    quoted: false,
  },
  {
    type: { kind: 'uint', bits: 8 },
    value: fc.integer({ min: 0, max: 255 }),
    vector: (values) => ({ kind: 'uint8', values: Uint8Array.from(values, Number) }),
    text: String,
    quoted: false,
  },
  {
    type: BOOLEAN,
    value: fc.boolean(),
    vector: (values) => ({ kind: 'uint8', values: Uint8Array.from(values, Number) }),
    text: String,
    quoted: false,
  },
  {
    type: FLOAT64,
    value: fc.oneof(
      fc.integer({ min: -2000, max: 2000 }),
      fc.double({ min: 1e-6, max: 1e17, noNaN: true }),
      fc.double(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324),
    ),
    vector: (values) => ({ kind: 'float64', values: Float64Array.from(values, Number) }),
    text: (value, style) => doubleText(Number(value), style),
    quoted: false,
  },
  {
    type: TIMESTAMP_NS,
    value: fc.oneof(
      fc.bigInt({ min: 0n, max: 300n }).map((seconds) => seconds * 1_000_000_000n),
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
    ),
    vector: (values) => ({ kind: 'int64', values: BigInt64Array.from(values, whole) }),
    text: (value) => {
      const nanos = ((whole(value) % 10n ** 9n) + 10n ** 9n) % 10n ** 9n;
      const seconds = (whole(value) - nanos) / 10n ** 9n;
      const fraction =
        nanos === 0n
          ? ''
          : `.${String(nanos)
              .padStart(9, '0')
              .replace(/(?:000){1,2}$/, '')}`;
      return new Date(Number(seconds) * 1000).toISOString().slice(0, 19) + fraction;
    },
    quoted: true,
  },
  {
    type: DATE32,
    value: fc.integer({ min: 0, max: 40_000 }),
    vector: (values) => ({ kind: 'int32', values: Int32Array.from(values, Number) }),
    text: (value) => new Date(Number(value) * 86_400_000).toISOString().slice(0, 10),
    quoted: true,
  },
  { type: UTF8, value: string, vector: strings, text: String, quoted: true },
  {
    type: BINARY,
    value: string,
    vector: strings,
    text: (value) => Buffer.from(String(value), 'utf8').toString('hex'),
    quoted: true,
  },
  ...[string, fc.constantFrom('x64', 'x86', 'eu-west-1')].map(
    (value): Kind => ({
      type: TAG,
      value,
      vector: (values) => {
        const dictionary = [null, ...new Set(values.filter((each) => each !== null))] as (string | null)[];
        return {
          kind: 'dictionary',
          dictionary,
          indexes: Uint32Array.from(values, (each) => dictionary.indexOf(each as string | null)),
        };
      },
      text: String,
      quoted: true,
    }),
  ),
];

interface Table {
  readonly names: readonly string[];
  readonly kinds: readonly Kind[];
  /** By block, row and column. */
  readonly blocks: readonly (readonly (readonly Value[])[])[];
}

/** What stands side by side is laid together: doubles and tags come often. `repeat`: each row comes so often after itself, as the tags of a series do; many rows make values be kept. */
const table: fc.Arbitrary<Table> = fc
  .array(
    fc.oneof(
      fc.tuple(string, fc.constantFrom(...KINDS)),
      fc.tuple(
        string,
        fc.constantFrom(...KINDS.filter(({ type }) => type.kind === 'float' || type.kind === 'dictionary')),
      ),
    ),
    { minLength: 1, maxLength: 7 },
  )
  .chain((columns) => {
    const kinds = columns.map(([, kind]) => kind);
    const row = fc.tuple(
      fc.tuple(...kinds.map(({ value }) => fc.option(value, { freq: 5 }))),
      fc.constantFrom(1, 1, 3, 40, 1500),
    );
    return fc.record({
      names: fc.constant(columns.map(([name]) => name)),
      kinds: fc.constant(kinds),
      blocks: fc
        .array(fc.array(row, { maxLength: 6 }), { maxLength: 3 })
        .map((blocks) =>
          blocks.map((rows) => rows.flatMap(([values, times]) => new Array<Value[]>(times).fill(values))),
        ),
    });
  });

function blockOf({ names, kinds }: Table, rows: readonly (readonly Value[])[]): Block {
  const columns = kinds.map((kind, index) => {
    const values = rows.map((row) => row[index]!);
    const nulls = Uint8Array.from(values, (value) => (value === null ? 1 : 0));
    return {
      name: names[index]!,
      type: '',
      vector: kind.vector(values),
      ...(kind.type.kind !== 'dictionary' && { nulls }),
    };
  });
  return { rows: rows.length, columns };
}

function naive({ names, kinds, blocks }: Table, format: 'json' | 'jsonl' | 'csv'): string {
  const rows = blocks.flat();
  if (format === 'csv') {
    const field = (text: string) => (/[,"\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = [names, ...rows].map((row, line) =>
      row
        .map((value, index) =>
          value === null ? '' : field(line === 0 ? String(value) : kinds[index]!.text(value, 'text')),
        )
        .join(','),
    );
    return rows.length === 0 ? '' : lines.map((line) => `${line === '' ? '""' : line}\n`).join('');
  }
  const objects = rows.map((row) => {
    const members = row.flatMap((value, index) => {
      if (value === null) return [];
      const text = kinds[index]!.text(value, 'json');
      return [`${JSON.stringify(names[index])}:${kinds[index]!.quoted ? JSON.stringify(text) : text}`];
    });
    return `{${members.join(',')}}`;
  });
  return format === 'json' ? `[${objects.join(',')}]` : objects.map((object) => `${object}\n`).join('');
}

test.each(['json', 'jsonl', 'csv'] as const)(
  '%s of any rows is what the plain encoder writes',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(table, async (drawn) => {
        const columns = drawn.kinds.map(({ type }, index) => ({
          name: drawn.names[index]!,
          type,
          nullable: true,
        }));
        async function* blocks() {
          for (const rows of drawn.blocks) yield blockOf(drawn, rows);
        }
        const chunks: Uint8Array[] = [];
        for await (const chunk of encodeRows(columns, blocks(), format)) chunks.push(chunk);
        expect(Buffer.concat(chunks).toString('utf8')).toBe(naive(drawn, format));
      }),
      { numRuns: 100 },
    );
  },
);
