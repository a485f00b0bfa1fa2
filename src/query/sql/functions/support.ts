/** What the families share: parameter kinds, common types, and safe little pieces of engine SQL. */
import {
  BOOLEAN,
  type DataType,
  FLOAT64,
  INT64,
  INTERVAL,
  NULL_TYPE,
  type StructField,
  TIMESTAMP_NS,
  UTF8,
} from '../../types.ts';
import { arrowTypeText } from './arrow-type.ts';
import { widerDecimal } from './decimal-type.ts';
import { carriedAlike, isNested, isOptional, optional, roomFor } from './optional.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';

/** What a parameter accepts, and what an accepted argument becomes. */
export type ParameterKind =
  /** Any number; becomes Float64. */
  | 'float'
  /** Any integer; becomes Int64. */
  | 'integer'
  /** Any number, as it is. */
  | 'number'
  /** Text or a tag; becomes Utf8. */
  | 'text'
  /** Any plain value, shown as text. */
  | 'display'
  /** Text, a tag or bytes; a tag becomes Utf8. */
  | 'bytes'
  | 'boolean'
  /** An instant; dates and text become Timestamp(ns), a zone is kept. */
  | 'timestamp'
  | 'list'
  | 'map'
  | 'any';

export const isInteger = (type: DataType): boolean => type.kind === 'int' || type.kind === 'uint';
export const isFloat = (type: DataType): boolean => type.kind === 'float';
export const isNumber = (type: DataType): boolean =>
  isInteger(type) || isFloat(type) || type.kind === 'decimal';
export const isText = (type: DataType): boolean =>
  type.kind === 'utf8' || (type.kind === 'dictionary' && isText(type.value));
/** The type behind a tag. */
export const plain = (type: DataType): DataType => (type.kind === 'dictionary' ? plain(type.value) : type);

export function sameType(left: DataType, right: DataType): boolean {
  return arrowTypeText(left) === arrowTypeText(right) && carriedAlike(left, right);
}

export { isNested };

function accepts(kind: ParameterKind, given: DataType): boolean {
  const type = plain(given);
  if (type.kind === 'null') return true;
  switch (kind) {
    case 'float':
    case 'number':
      return isNumber(type);
    case 'integer':
      return isInteger(type);
    case 'text':
      return isText(type);
    case 'display':
      return !isNested(type);
    case 'bytes':
      return isText(type) || type.kind === 'binary';
    case 'boolean':
      return type.kind === 'boolean';
    case 'timestamp':
      return type.kind === 'timestamp' || type.kind === 'date' || isText(type);
    case 'list':
      return type.kind === 'list';
    case 'map':
      return type.kind === 'map';
    case 'any':
      return true;
  }
}

function coercion(kind: ParameterKind, type: DataType): DataType | undefined {
  switch (kind) {
    case 'float':
      return FLOAT64;
    case 'integer':
      return INT64;
    case 'number':
      if (type.kind === 'null') return INT64;
      return type.kind === 'dictionary' ? plain(type) : undefined;
    case 'text':
    case 'display':
      return UTF8;
    case 'bytes':
      return type.kind === 'binary' ? undefined : UTF8;
    case 'boolean':
      return BOOLEAN;
    case 'timestamp':
      return type.kind === 'timestamp' ? undefined : TIMESTAMP_NS;
    case 'list':
      return type.kind === 'null' ? { kind: 'list', item: INT64 } : undefined;
    case 'map':
    case 'any':
      return undefined;
  }
}

/** DataFusion's answer to a call that fits no signature. */
export function noMatch(name: string, args: readonly BoundArgument[], context: TypeContext): never {
  const types = args.map((argument) => arrowTypeText(argument.type)).join(', ');
  return context.fail(
    `No function matches the given name and argument types '${name}(${types})'. You might need to add explicit type casts.`,
  );
}

export interface Parameters {
  readonly parameters: readonly ParameterKind[];
  /** How many of them must be there; default all. */
  readonly required?: number;
  /** Further arguments are of the last kind. */
  readonly variadic?: boolean;
}

/** Checks a call against its parameters. */
export function checkParameters(
  name: string,
  shape: Parameters,
  args: readonly BoundArgument[],
  context: TypeContext,
): void {
  const required = shape.required ?? shape.parameters.length;
  const tooMany = !shape.variadic && args.length > shape.parameters.length;
  if (args.length < required || tooMany) noMatch(name, args, context);
  args.forEach((argument, index) => {
    if (!accepts(kindAt(shape, index), argument.type)) noMatch(name, args, context);
  });
}

export function coerceParameters(
  shape: Parameters,
  args: readonly BoundArgument[],
): readonly (DataType | undefined)[] {
  return args.map((argument, index) => {
    const target = coercion(kindAt(shape, index), argument.type);
    return target !== undefined && sameType(target, argument.type) ? undefined : target;
  });
}

const kindAt = (shape: Parameters, index: number): ParameterKind =>
  shape.parameters[Math.min(index, shape.parameters.length - 1)] ?? 'any';

interface SimpleFunction extends Parameters {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly doc: string;
  readonly result: DataType | ((args: readonly BoundArgument[], context: TypeContext) => DataType);
  readonly deterministic?: boolean;
  print(args: readonly PrintedArgument[], context: PrintContext): string;
}

/** A scalar whose arguments are described by kinds: most functions. */
export function scalar(family: string, row: SimpleFunction): ScalarFunction {
  const { parameters, required, variadic, result, ...rest } = row;
  const shape: Parameters = {
    parameters,
    ...(required === undefined ? {} : { required }),
    ...(variadic === undefined ? {} : { variadic }),
  };
  return {
    kind: 'scalar',
    family,
    ...rest,
    type(args, context) {
      checkParameters(row.name, shape, args, context);
      return typeof result === 'function' ? result(args, context) : result;
    },
    coerce: (args) => coerceParameters(shape, args),
  };
}

/**
 * The argument's type for "same as the first argument", of a dictionary that of its values unless they are texts; a
 * bare null counts as Int64.
 */
export function firstType([first]: readonly BoundArgument[]): DataType {
  if (first === undefined || first.type.kind === 'null') return INT64;
  return isText(first.type) ? first.type : plain(first.type);
}

/** The type that all values of one result column fit, or undefined. */
export function commonType(types: readonly DataType[]): DataType | undefined {
  const hasTag = types.some((type) => type.kind === 'dictionary');
  const [first = NULL_TYPE, ...others] = types;
  let result = plain(first);
  for (const type of others) {
    const next = commonOf(result, plain(type), hasTag);
    if (next === undefined) return undefined;
    result = next;
  }
  return result;
}

/** Structs with the same names in the same order; with other names DataFusion mixes up their fields. */
export function commonStruct(
  left: DataType,
  right: DataType,
  common: (left: DataType, right: DataType) => DataType | undefined,
): DataType | undefined {
  if (left.kind !== 'struct' || right.kind !== 'struct') return undefined;
  if (left.fields.length !== right.fields.length) return undefined;
  const fields: StructField[] = [];
  for (const [index, { name, type }] of left.fields.entries()) {
    const other = right.fields[index]!;
    const both = name === other.name ? common(type, other.type) : undefined;
    if (both === undefined) return undefined;
    fields.push({ name, type: both });
  }
  return { kind: 'struct', fields };
}

/** Texts are numbers, instants and dates beside one, but tags are no numbers. */
function commonOf(left: DataType, right: DataType, hasTag = false): DataType | undefined {
  if (left.kind === 'null') return optional(right);
  if (right.kind === 'null') return optional(left);
  if (arrowTypeText(left) === arrowTypeText(right)) return roomFor(left, right);
  if (isNumber(left) && isNumber(right)) {
    const decimal = widerDecimal(left, right);
    if (decimal !== undefined) return decimal;
    if (isInteger(left) && isInteger(right)) return commonInteger(left, right);
    const isSmall = [left, right].every((side) => side.kind !== 'float' || side.bits !== 64);
    return isSmall ? { kind: 'float', bits: 32 } : FLOAT64;
  }
  if (left.kind === 'timestamp' && right.kind === 'timestamp') {
    return { kind: 'timestamp', unit: 'nanosecond', zone: left.zone ?? right.zone };
  }
  if (left.kind === 'timestamp' && right.kind === 'date') return left;
  if (left.kind === 'date' && right.kind === 'timestamp') return right;
  if (
    (left.kind === 'interval' && right.kind === 'duration') ||
    (left.kind === 'duration' && right.kind === 'interval')
  )
    return INTERVAL;
  if (isText(left) && !isNested(right)) {
    const stays = right.kind === 'timestamp' || right.kind === 'date' || (isNumber(right) && !hasTag);
    return stays ? right : UTF8;
  }
  if (isText(right) && !isNested(left)) return commonOf(right, left, hasTag);
  if (left.kind === 'list' && right.kind === 'list') {
    const item = commonOf(plain(left.item), plain(right.item));
    const list: DataType | undefined = item && { kind: 'list', item };
    return list && (isOptional(left) || isOptional(right)) ? optional(list) : list;
  }
  const struct = commonStruct(left, right, (a, b) => commonOf(plain(a), plain(b)));
  return struct && (isOptional(left) || isOptional(right)) ? optional(struct) : struct;
}

function commonInteger(left: DataType, right: DataType): DataType {
  if ((left.kind !== 'int' && left.kind !== 'uint') || (right.kind !== 'int' && right.kind !== 'uint')) {
    return INT64;
  }
  if (left.kind === right.kind) return left.bits > right.bits ? left : right;
  const [signed, unsigned] = left.kind === 'int' ? [left, right] : [right, left];
  // An unsigned number needs twice the width as a signed one; beyond 64 bits there is nothing wider.
  const needed = Math.max(signed.bits, Math.min(64, unsigned.bits * 2)) as 8 | 16 | 32 | 64;
  return { kind: 'int', bits: needed };
}

/** The constant text of an argument, or a planning error that names it. */
export function constantText(
  argument: BoundArgument | undefined,
  what: string,
  context: TypeContext,
): string {
  if (argument?.constant?.kind !== 'string') return context.fail(`${what} must be a constant string`);
  return argument.constant.value;
}

export function constantInteger(
  argument: BoundArgument | undefined,
  what: string,
  context: TypeContext,
): bigint {
  if (argument?.constant?.kind !== 'integer') return context.fail(`${what} must be a constant integer`);
  return argument.constant.value;
}

export function constantNumber(
  argument: BoundArgument | undefined,
  what: string,
  context: TypeContext,
): number {
  const constant = argument?.constant;
  if (constant?.kind === 'integer') return Number(constant.value);
  if (constant?.kind === 'float') return constant.value;
  return context.fail(`${what} must be a constant number`);
}

/**
 * The value, unless the condition holds: then the statement fails with the message. `message` must be ours or a
 * constant of the statement.
 */
export function raiseIf(condition: string, message: string, value: string, context: PrintContext): string {
  return `if(throwIf(ifNull(${condition}, false), ${context.stringLiteral(message)}) = 0, ${value}, NULL)`;
}

/** Null when any of the arguments is null: for engine constructs that would take another branch on null. */
export function nullIfAny(args: readonly PrintedArgument[], value: string): string {
  const nullable = args.filter((argument) => argument.nullable);
  if (nullable.length === 0) return value;
  return `if(${nullable.map((argument) => `isNull(${argument.sql})`).join(' OR ')}, NULL, ${value})`;
}

export const sqlOf = (args: readonly PrintedArgument[], index: number): string => args[index]?.sql ?? 'NULL';

/** The value as the carrier of a plain SQL type; null stays null (unlike CAST, these keep nullability). */
export function castTo(type: DataType, sql: string): string {
  switch (type.kind) {
    case 'boolean':
      return `toBool(${sql})`;
    case 'int':
      return `toInt${type.bits}(${sql})`;
    case 'uint':
      return `toUInt${type.bits}(${sql})`;
    case 'float':
      return `toFloat${type.bits === 64 ? 64 : 32}(${sql})`;
    default:
      return sql;
  }
}

/** An engine truth value (UInt8) as Bool. */
export const bool = (sql: string): string => `toBool(${sql})`;
