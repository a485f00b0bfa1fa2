/**
 * Which statements read few rows and do no more with them than `evaluate.ts` can: told from the typed tree, so that
 * names, aliases, casts and parameters are what the binder found them to be. Whatever is not certain is left to the
 * engine.
 */
import type { StoredFieldType } from '../../engine/stored-rows.ts';
import { DistinctExpressions } from '../sql/distinct-expressions.ts';
import type { Expression } from '../sql/expression.ts';
import type { Grouping } from '../sql/grouping.ts';
import type { Limit } from '../sql/limit.ts';
import type { PlainReading, Scan } from '../sql/scan.ts';
import type { SelectParts } from '../sql/select-parts.ts';
import type { Source } from '../sql/source.ts';
import { clampTime, MAXIMUM_TIME } from '../sql/time-range.ts';
import type { DataType } from '../types.ts';
import type {
  FieldCondition,
  GroupKey,
  NarrowAggregate,
  NarrowColumn,
  NarrowField,
  NarrowStatement,
} from './statement.ts';

/** A SELECT, bound. */
export interface BoundSelect {
  readonly source: Source | undefined;
  /** The conditions that the scan does not apply itself; all must hold. */
  readonly remaining: readonly Expression[];
  readonly grouping: Grouping | null;
  /** Whether its rows are groups, be it one of all rows. */
  readonly grouped: boolean;
  readonly parts: SelectParts;
  readonly limit: Limit;
}

/** Whole numbers up to here are exact as floats, and so are comparisons with them. */
const MAXIMUM_WHOLE = 2n ** 53n;
const MAXIMUM_STRIDE_NS = 7n * 86_400_000_000_000n;

/** undefined: the engine has to do it. */
export function narrowStatement(select: BoundSelect): NarrowStatement | undefined {
  const scan = onlyScan(select.source);
  if (scan === undefined) return undefined;
  const reading = scan.plain;
  // Without these there may be any number of rows.
  if (reading.span.fromNs === null || reading.tagValues.length === 0) return undefined;
  const { having, qualify, distinct } = select.parts;
  if (having !== null || qualify !== null || distinct.kind !== 'none') return undefined;
  return new Recogniser(scan).statement(select, reading);
}

/** The table, where FROM names one and nothing else. */
function onlyScan(source: Source | undefined): Scan | undefined {
  const [scan, ...others] = source?.scans ?? [];
  if (source === undefined || scan === undefined || others.length > 0) return undefined;
  return source.joined || source.relations.length !== 1 || source.sql !== scan.sql ? undefined : scan;
}

class Recogniser {
  private readonly scan: Scan;
  private readonly tags: string[] = [];
  private readonly fields: NarrowField[] = [];

  constructor(scan: Scan) {
    this.scan = scan;
  }

  statement(select: BoundSelect, reading: PlainReading): NarrowStatement | undefined {
    const conditions = all(select.remaining, (condition) => this.condition(condition));
    const rows = select.grouped ? this.groups(select) : this.plainRows();
    if (conditions === undefined || rows === undefined) return undefined;
    const outputs = all(select.parts.projection, ({ expression }) => rows.place(expression));
    const order = all(select.parts.keys, ({ expression, descending, nullsFirst }) => {
      const column = rows.place(expression);
      return column === undefined ? undefined : { column, descending, nullsFirst };
    });
    if (outputs === undefined || order === undefined) return undefined;
    const { count, offset } = select.limit;
    return {
      tableId: reading.tableId,
      table: reading.table,
      fromNs: clampTime(reading.span.fromNs!),
      toNs: clampTime(reading.span.toNs ?? MAXIMUM_TIME),
      retentionNs: reading.retentionNs,
      tagFilter: tagFilter(reading),
      visible: reading.visible,
      tags: this.tags,
      fields: this.fields,
      conditions,
      rows: rows.whole(),
      outputs,
      order,
      limit: { count: count === null ? null : Number(count), offset: Number(offset) },
    };
  }

  private plainRows() {
    const columns = new Places<NarrowColumn>();
    return {
      place: (expression: Expression): number | undefined => {
        const column = this.column(expression);
        return column === undefined ? undefined : columns.place(expression.column!.id, column);
      },
      whole: () => ({ kind: 'plain' as const, columns: columns.items }),
    };
  }

  private groups({ grouping }: BoundSelect) {
    if (grouping !== null && (grouping.sets !== null || grouping.keys.length === 0)) return undefined;
    const distinct = new DistinctExpressions();
    const given = grouping?.keys ?? [];
    for (const key of given) distinct.add(key);
    const keys = all(given, (key) => this.groupKey(key));
    if (keys === undefined || keys.filter(({ kind }) => kind === 'bin').length > 1) return undefined;
    const aggregates = new Places<NarrowAggregate>();
    return {
      place: (expression: Expression): number | undefined => {
        const aggregate = this.aggregate(expression);
        if (aggregate !== undefined)
          return keys.length + aggregates.place(Object.values(aggregate).join(), aggregate);
        return distinct.place(expression);
      },
      whole: () => ({ kind: 'grouped' as const, keys, aggregates: aggregates.items }),
    };
  }

  private groupKey(expression: Expression): GroupKey | undefined {
    const column = this.column(expression);
    if (column?.kind === 'tag') return column;
    const { bins, fill } = expression;
    // Gaps between bins are not filled here.
    if (bins === undefined || fill !== undefined || this.column(bins.time)?.kind !== 'time') return undefined;
    const { strideNs, originNs } = bins;
    return strideNs <= 0n || strideNs > MAXIMUM_STRIDE_NS ? undefined : { kind: 'bin', strideNs, originNs };
  }

  private aggregate({ kind, aggregate }: Expression): NarrowAggregate | undefined {
    if (kind !== 'aggregate' || aggregate === undefined) return undefined;
    const { name, args } = aggregate;
    const [argument, ...others] = args;
    if (others.length > 0) return undefined;
    if (argument === undefined) return name === 'count' ? { kind: 'rows' } : undefined;
    const column = this.column(argument);
    if (name === 'count') {
      const { constant } = argument;
      if (column?.kind === 'time' || (constant !== undefined && constant.kind !== 'null'))
        return { kind: 'rows' };
      if (column?.kind === 'tag') return { kind: 'tags', tag: column.tag };
      return column === undefined ? undefined : { kind: 'count', field: column.field };
    }
    const calls = { min: 'min', max: 'max', sum: 'sum', avg: 'mean' } as const;
    if (column?.kind !== 'field' || !Object.hasOwn(calls, name)) return undefined;
    const isNumber = ['float', 'integer', 'uinteger'].includes(this.fields[column.field]!.type);
    return isNumber ? { kind: calls[name as keyof typeof calls], field: column.field } : undefined;
  }

  private condition({ comparison }: Expression): FieldCondition | undefined {
    if (comparison === undefined) return undefined;
    const [left, right, ...others] = comparison.operands;
    const column = left === undefined ? undefined : this.column(left);
    if (column?.kind !== 'field' || others.length > 0) return undefined;
    const { field } = column;
    const { operator } = comparison;
    if (right === undefined) {
      if (operator !== 'IS NULL' && operator !== 'IS NOT NULL') return undefined;
      return { kind: 'null', field, isNull: operator === 'IS NULL' };
    }
    const constant = comparable(this.fields[field]!.type, right);
    if (constant === undefined || !Object.hasOwn(KEPT, operator)) return undefined;
    const [less, equal, greater] = KEPT[operator]!;
    if (typeof constant === 'number')
      return { kind: 'number', field, keeps: { less, equal, greater }, constant };
    // Of text and truth only what is the same.
    if (less !== greater) return undefined;
    if (typeof constant === 'string') return { kind: 'string', field, equal, constant };
    return { kind: 'number', field, keeps: { less, equal, greater }, constant: constant ? 1 : 0 };
  }

  /** A column as it is stored. */
  private column({ kind, column, type }: Expression): NarrowColumn | undefined {
    const { source } = column ?? {};
    if (kind !== 'column' || source?.scan !== this.scan) return undefined;
    const { engineName, role } = source;
    if (role === 'time') return { kind: 'time' };
    if (role === 'tag') return { kind: 'tag', tag: placeIn(this.tags, engineName) };
    const fieldType = FIELD_TYPES[type.kind];
    if (fieldType === undefined) return undefined;
    const known = this.fields.findIndex(({ name }) => name === engineName);
    return {
      kind: 'field',
      field: known >= 0 ? known : this.fields.push({ name: engineName, type: fieldType }) - 1,
    };
  }
}

const FIELD_TYPES: Partial<Record<DataType['kind'], StoredFieldType>> = {
  float: 'float',
  int: 'integer',
  uint: 'uinteger',
  boolean: 'boolean',
  utf8: 'string',
};

/** Whether values below, at, above the constant are let in. */
const KEPT: Readonly<Record<string, readonly [boolean, boolean, boolean]>> = {
  '=': [false, true, false],
  '!=': [true, false, true],
  '<': [true, false, false],
  '<=': [true, true, false],
  '>': [false, false, true],
  '>=': [false, true, true],
};

/** The constant, where comparing a field with it means the same here as in the engine. */
function comparable(
  field: StoredFieldType,
  { constant, type }: Expression,
): number | string | boolean | undefined {
  if (constant === undefined) return undefined;
  switch (field) {
    case 'float':
      if (constant.kind === 'float' && type.kind === 'float' && type.bits === 64)
        return Number.isFinite(constant.value) ? constant.value : undefined;
      return wholeNumber(constant, type);
    case 'integer':
    case 'uinteger':
      return wholeNumber(constant, type);
    case 'boolean':
      return constant.kind === 'boolean' && type.kind === 'boolean' ? constant.value : undefined;
    case 'string':
      // Half a surrogate pair is printed as something else.
      return constant.kind === 'string' && type.kind === 'utf8' && constant.value.isWellFormed()
        ? constant.value
        : undefined;
  }
}

function wholeNumber(constant: NonNullable<Expression['constant']>, type: DataType): number | undefined {
  if (constant.kind !== 'integer' || (type.kind !== 'int' && type.kind !== 'uint')) return undefined;
  const { value } = constant;
  return value >= -MAXIMUM_WHOLE && value <= MAXIMUM_WHOLE ? Number(value) : undefined;
}

function tagFilter({ tagValues }: PlainReading): ReadonlyMap<string, ReadonlySet<string>> {
  const filter = new Map<string, ReadonlySet<string>>();
  for (const { engineName, values } of tagValues) {
    // As the engine gets to see them: half a surrogate pair is none.
    const given = new Set(values.map((value) => value.toWellFormed()));
    const known = filter.get(engineName);
    filter.set(
      engineName,
      known === undefined ? given : new Set([...known].filter((value) => given.has(value))),
    );
  }
  return filter;
}

/** Things with a place each, by what names them. */
class Places<T> {
  readonly items: T[] = [];
  private readonly byName = new Map<string, number>();

  place(name: string, item: T): number {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    this.byName.set(name, this.items.length);
    return this.items.push(item) - 1;
  }
}

function placeIn(names: string[], name: string): number {
  const known = names.indexOf(name);
  return known >= 0 ? known : names.push(name) - 1;
}

/** Each item's answer; undefined when one has none. */
function all<T, R>(items: readonly T[], of: (item: T) => R | undefined): R[] | undefined {
  const found: R[] = [];
  for (const item of items) {
    const answer = of(item);
    if (answer === undefined) return undefined;
    found.push(answer);
  }
  return found;
}
