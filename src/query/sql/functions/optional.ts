/**
 * Lists, structs and maps that may be null. The engine has no such nulls, so a type with the mark `optional` is carried
 * as an array of none or one: `[]` is null, `[x]` is x. Without the mark a value is never null and carried as it is.
 */
import { type DataType, NULL_TYPE } from '../../types.ts';

export type NestedType = Extract<DataType, { kind: 'list' | 'struct' | 'map' }>;

export const isNested = (type: DataType): type is NestedType =>
  type.kind === 'list' || type.kind === 'struct' || type.kind === 'map';

export const isOptional = (type: DataType): boolean => isNested(type) && type.optional === true;

/** The same type for a value that may be null. */
export const optional = (type: DataType): DataType =>
  isNested(type) && type.optional !== true ? { ...type, optional: true } : type;

/** The same for one that is not. */
export function present(type: DataType): DataType {
  if (!isOptional(type)) return type;
  const { optional: _, ...rest } = type as NestedType;
  return rest;
}

/** Whether two types that Arrow shows alike are carried alike, too. */
export function carriedAlike(a: DataType, b: DataType): boolean {
  if (!isNested(a) || !isNested(b)) return true;
  if (isOptional(a) !== isOptional(b)) return false;
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.every((part, i) => carriedAlike(part, right[i] ?? NULL_TYPE));
}

/** The first type, with room for the nulls that the second has room for: where a value is cast from the second to it. */
export function roomFor(type: DataType, other: DataType): DataType {
  if (!isNested(type) || !isNested(other) || type.kind !== other.kind) return type;
  const inner = partsOf(other);
  const own = isOptional(other) ? optional(type) : type;
  return withParts(
    own as NestedType,
    partsOf(type).map((part, i) => (inner[i] === undefined ? part : roomFor(part, inner[i]))),
  );
}

function partsOf(type: NestedType): readonly DataType[] {
  switch (type.kind) {
    case 'list':
      return [type.item];
    case 'struct':
      return type.fields.map((field) => field.type);
    case 'map':
      return [type.value];
  }
}

function withParts(type: NestedType, parts: readonly DataType[]): DataType {
  switch (type.kind) {
    case 'list':
      return { ...type, item: parts[0]! };
    case 'struct':
      return { ...type, fields: type.fields.map((field, i) => ({ ...field, type: parts[i]! })) };
    case 'map':
      return { ...type, value: parts[0]! };
  }
}

/** Engine condition: whether the value is null. */
export const isNullSql = (type: DataType, sql: string): string =>
  isOptional(type) ? `empty(${sql})` : isNested(type) ? '0' : `isNull(${sql})`;

export const isNotNullSql = (type: DataType, sql: string): string =>
  isOptional(type) ? `notEmpty(${sql})` : isNested(type) ? '1' : `isNotNull(${sql})`;

/** Engine SQL of an absent value. */
export const ABSENT = '[]';

/** The value of an optional one, that of its type which is empty where it is null. */
export const opened = (sql: string): string => `arrayElement(${sql}, 1)`;

/** A value in the carrier of another type that Arrow shows alike; where there is no room for a null it becomes empty. */
export function recarried(sql: string, from: DataType, to: DataType, depth = 0): string {
  if (!isNested(from) || !isNested(to) || carriedAlike(from, to)) return sql;
  const [a, b] = [present(from) as NestedType, present(to) as NestedType];
  if (isOptional(from) && isOptional(to)) return mapped(sql, a, b, depth);
  const whole = isOptional(from) ? opened(sql) : sql;
  const inner = carriedAlike(a, b) ? whole : parts(whole, a, b, depth);
  return isOptional(to) ? `[${inner}]` : inner;
}

const mapped = (list: string, from: DataType, to: DataType, depth: number): string => {
  const name = `part${depth}`;
  return carriedAlike(from, to)
    ? list
    : `arrayMap(${name} -> ${recarried(name, from, to, depth + 1)}, ${list})`;
};

function parts(sql: string, from: NestedType, to: NestedType, depth: number): string {
  if (from.kind === 'list' && to.kind === 'list') return mapped(sql, from.item, to.item, depth);
  if (from.kind === 'map' && to.kind === 'map')
    return `mapFromArrays(mapKeys(${sql}), ${mapped(`mapValues(${sql})`, from.value, to.value, depth)})`;
  if (from.kind !== 'struct' || to.kind !== 'struct') return sql;
  const fields = from.fields.map((field, i) =>
    recarried(`tupleElement(${sql}, ${i + 1})`, field.type, to.fields[i]!.type, depth),
  );
  return `tuple(${fields.join(', ')})`;
}
