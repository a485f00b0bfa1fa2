/** Rows in memory as an engine's stored rows, in every shape that the contract allows. */
import type {
  NumberArray,
  StoredField,
  StoredFieldType,
  StoredRows,
  StoredRowsRequest,
  StoredRun,
} from '../../src/engine/stored-rows.ts';

export type StoredValue = number | string | null;

export interface StoredRow {
  readonly tags: Readonly<Record<string, string | null>>;
  readonly timeNs: bigint;
  /** Booleans are 0 and 1. */
  readonly fields: Readonly<Record<string, StoredValue>>;
}

/** How runs are cut; numbers say what is done where several things may be. */
export interface Shape {
  readonly runRows: number;
  /** Rows of others around those of a run. */
  readonly padding: number;
  /** From the origin of a run to its first row. */
  readonly originDistanceNs: number;
}

const MAXIMUM_SPAN_NS = 2n ** 50n;

const PLAIN: Shape = { runRows: Number.POSITIVE_INFINITY, padding: 0, originDistanceNs: 0 };

const meets = (tags: StoredRow['tags'], conditions: StoredRowsRequest['tagFilter']): boolean =>
  [...conditions].every(([tag, values]) => values.has(tags[tag] ?? ''));

export class RowsInMemory implements StoredRows {
  readonly requests: StoredRowsRequest[] = [];
  private readonly rows: readonly StoredRow[];
  private readonly shape: Shape;

  constructor(rows: readonly StoredRow[], shape: Shape = PLAIN) {
    this.rows = rows;
    this.shape = shape;
  }

  read(request: StoredRowsRequest): Promise<readonly StoredRun[] | null> {
    this.requests.push(request);
    const found = this.rows.filter(
      ({ timeNs, tags }) =>
        timeNs >= request.fromNs &&
        timeNs <= request.toNs &&
        meets(tags, request.tagFilter) &&
        (request.visible?.some((alternative) => meets(tags, alternative)) ?? true),
    );
    if (found.length > request.maximumRows) return Promise.resolve(null);
    return Promise.resolve(this.runs(found, request));
  }

  private runs(rows: readonly StoredRow[], request: StoredRowsRequest): StoredRun[] {
    const series = Map.groupBy(rows, ({ tags }) => JSON.stringify(Object.entries(tags).toSorted()));
    return [...series.values()].flatMap((members) => {
      const sorted = members.toSorted((a, b) => Number(a.timeNs - b.timeNs));
      const runs: StoredRun[] = [];
      while (sorted.length > 0) {
        // As in partitions: rows far from each other are in different ones.
        const far = sorted.findIndex(({ timeNs }) => timeNs - sorted[0]!.timeNs > MAXIMUM_SPAN_NS);
        const rows = Math.min(this.shape.runRows, far < 0 ? sorted.length : far);
        runs.push(this.run(sorted.splice(0, rows), request));
      }
      return runs.reverse();
    });
  }

  private run(rows: readonly StoredRow[], { tags, fields }: StoredRowsRequest): StoredRun {
    const { padding, originDistanceNs } = this.shape;
    const originNs = rows[0]!.timeNs - BigInt(originDistanceNs);
    return {
      tags: tags.map((tag) => rows[0]!.tags[tag] ?? null),
      start: padding,
      end: padding + rows.length,
      originNs,
      times: Float64Array.from(
        padded(
          rows.map(({ timeNs }) => Number(timeNs - originNs)),
          padding,
          -1,
        ),
      ),
      fields: fields.map(({ name, type }) =>
        stored(
          padded(
            rows.map((row) => row.fields[name] ?? null),
            padding,
            null,
          ),
          type,
        ),
      ),
    };
  }
}

function padded<T>(values: readonly T[], count: number, filler: T): T[] {
  const around = Array.from({ length: count }, () => filler);
  return [...around, ...values, ...around];
}

/** In the smallest array that holds the values. */
function stored(values: readonly StoredValue[], type: StoredFieldType): StoredField {
  if (type === 'string') {
    return { kind: 'string', values: values as readonly (string | null)[], from: 0, nulls: null };
  }
  const numbers = values.map((value) => Number(value ?? 77));
  const arrays = [Uint8Array, Int8Array, Int16Array, Int32Array, Float32Array, Float64Array] as const;
  const isExact = (Kind: (typeof arrays)[number]) => {
    const copy: NumberArray = Kind.from(numbers);
    return numbers.every((value, index) => Object.is(copy[index], value));
  };
  const nulls = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : null;
  return { kind: 'number', values: arrays.find(isExact)!.from(numbers), nulls };
}
