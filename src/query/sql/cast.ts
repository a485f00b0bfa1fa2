/** Casts (sql.md 7.2): constants fold here with the exact error texts, the rest prints engine conversions. */
import { nullableEngineType } from '../representation.ts';
import { type DataType, INT64 } from '../types.ts';
import { castConstant } from './cast-constant.ts';
import { decimalCast } from './decimal-cast.ts';
import { asValue, call, constant, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { depthOf } from './functions/list-support.ts';
import { isOptional, opened, present, recarried } from './functions/optional.ts';
import { castTo, isFloat, isInteger, isNumber, isText, plain, sameType } from './functions/support.ts';
import { textToDate } from './instant-cast.ts';
import { durationToInterval, intervalToDuration, textToInterval } from './interval-cast.ts';
import { spanText } from './span-text.ts';
import { toList, toStruct } from './nested-cast.ts';
import { errors } from './sql-errors.ts';
import { countOf, toDuration, toTimeOfDay, toTimestamp, wholeToTimestamp } from './time-cast.ts';
import { displayTimestamp } from './timestamp-display.ts';

/** The expression as another type; its schema name stays (casts vanish from names). */
export function cast(expression: Expression, type: DataType, attempt = false): Expression {
  const from = expression.type;
  if (sameType(from, type)) return expression;
  if (expression.constant?.kind === 'null') return nullOf(type, expression.name);
  if (expression.constant !== undefined) {
    const folded = castConstant(expression.constant, from, type, attempt);
    if (folded !== undefined) return constant(folded, type, expression.name);
  }
  const source = plain(from);
  const target = plain(type);
  // Text, tags and bytes are carried alike.
  if (isText(source) && target.kind === 'utf8') {
    const dictionary = from.kind === 'dictionary';
    return retyped(expression, type, dictionary ? ([sql]) => `CAST(${sql} AS Nullable(String))` : undefined);
  }
  if (isTextOrBytes(source) && isTextOrBytes(target)) return retyped(expression, type);
  if (source.kind === 'null') return nullOf(type, expression.name);
  const render = conversion(source, target, attempt);
  if (render === undefined)
    throw errors.planning(`Unsupported CAST from ${arrowTypeText(from)} to ${arrowTypeText(type)}`);
  const value = asValue(expression);
  return call(type, expression.name, [value], ([sql]) => render(sql!), {
    nullable: expression.nullable || attempt,
    raw: target.kind === 'boolean' && isNumber(source),
  });
}

const nullOf = (type: DataType, name: string): Expression => constant({ kind: 'null' }, type, name);

const isTextOrBytes = (type: DataType): boolean => isText(type) || type.kind === 'binary';

function retyped(
  expression: Expression,
  type: DataType,
  render?: (children: readonly string[]) => string,
): Expression {
  return call(type, expression.name, [asValue(expression)], render ?? (([sql]) => sql!), {
    nullable: expression.nullable,
  });
}

type Render = (sql: string) => string;

function conversion(source: DataType, target: DataType, attempt: boolean): Render | undefined {
  switch (target.kind) {
    case 'boolean':
      if (isNumber(source)) return (sql) => `notEquals(${sql}, 0)`;
      if (isText(source)) return textToBoolean(attempt);
      return undefined;
    case 'int':
    case 'uint':
      return toInteger(source, target, attempt);
    case 'float':
      if (isText(source)) {
        const engine = `toFloat${engineBits(target)}`;
        return attempt
          ? (sql) => `${engine}OrNull(${plainText(sql)})`
          : strictly((text) => `${engine}(${text})`);
      }
      if (isNumber(source) || source.kind === 'boolean') return (sql) => castTo(target, sql);
      return source.kind === 'timestamp' || source.kind === 'duration'
        ? ofCount(source, target, attempt)
        : undefined;
    case 'decimal':
      return source.kind === 'timestamp' || source.kind === 'duration'
        ? ofCount(source, target, attempt)
        : decimalCast(source, target, attempt);
    case 'utf8':
      return toText(source);
    case 'timestamp':
      return isFloat(source) || source.kind === 'decimal'
        ? ofWhole(source, wholeToTimestamp(target, attempt), attempt)
        : toTimestamp(source, target, attempt);
    case 'date':
      if (source.kind === 'timestamp') return (sql) => `toDate32(${sql}, 'UTC')`;
      if (isText(source)) return textToDate(attempt);
      if (isInteger(source)) {
        // Date64 counts milliseconds.
        const days = (sql: string): string =>
          target.bits === 64 ? `toInt32(floor(toInt64(${sql}) / 86400000))` : sql;
        return (sql) => `addDays(toDate32('1970-01-01'), ${days(sql)})`;
      }
      if (source.kind === 'date') return (sql) => sql;
      return undefined;
    case 'time':
      return toTimeOfDay(source, target, attempt);
    case 'duration':
      if (source.kind === 'duration') return toDuration(source.unit, target.unit);
      if (source.kind === 'interval') return intervalToDuration(target.unit, attempt);
      if (isInteger(source)) return (sql) => `toInt64(${sql})`;
      return isFloat(source) || source.kind === 'decimal' ? toInteger(source, INT64, attempt) : undefined;
    case 'interval':
      if (source.kind === 'duration' && target.unit === 'month_day_nano')
        return durationToInterval(source.unit, attempt);
      return isText(source) ? textToInterval(attempt) : undefined;
    case 'list':
    case 'struct':
    case 'map':
      return toNested(source, target, attempt);
    default:
      return undefined;
  }
}

/** Where a value may be null and the target has no room for that, it becomes empty. */
function toNested(source: DataType, target: DataType, attempt: boolean): Render | undefined {
  if (arrowTypeText(source) === arrowTypeText(target)) return (sql) => recarried(sql, source, target);
  const whole = ofPresent(present(source), present(target), attempt);
  if (whole === undefined || !isOptional(source))
    return whole && isOptional(target) ? (sql) => `[${whole(sql)}]` : whole;
  const name = `some${depthOf(target)}`;
  return isOptional(target)
    ? (sql) => `arrayMap(${name} -> ${whole(name)}, ${sql})`
    : (sql) => whole(opened(sql));
}

function ofPresent(source: DataType, target: DataType, attempt: boolean): Render | undefined {
  const convert = (from: DataType, to: DataType): Render | undefined => conversion(from, to, attempt);
  if (source.kind === 'list' && target.kind === 'list') return toList(source, target, convert);
  if (source.kind === 'struct' && target.kind === 'struct') return toStruct(source, target, convert);
  return undefined;
}

/** `toFloat64(x)` of a LowCardinality text loses its nulls in some forms: make it plain first. */
const plainText = (sql: string): string => `CAST(${sql} AS Nullable(String))`;
/** Of a text that may be null the engine makes a null where it cannot read it: it is asked about one that may not. */
const strictly =
  (convert: Render): Render =>
  (sql) =>
    `if(isNull(${sql}), NULL, ${convert(`ifNull(${plainText(sql)}, '0')`)})`;
const engineBits = (type: DataType): number => (type.kind === 'float' && type.bits !== 64 ? 32 : 64);

function toInteger(source: DataType, target: DataType, attempt: boolean): Render | undefined {
  const name = nullableEngineType(target);
  if (isText(source)) {
    const bits = (target as { bits: number }).bits;
    const engine = `${target.kind === 'int' ? 'Int' : 'UInt'}${bits}`;
    return attempt
      ? (sql) => `to${engine}OrNull(${plainText(sql)})`
      : strictly((text) => `accurateCast(${text}, '${engine}')`);
  }
  if (source.kind === 'boolean') return (sql) => castTo(target, sql);
  if (isFloat(source) || source.kind === 'decimal') {
    // A decimal that is too large fails in the engine, even where a null is asked for.
    const whole = (sql: string): string =>
      attempt && source.kind === 'decimal' ? `toInt256(trunc(${sql}))` : `trunc(${sql})`;
    return (sql) =>
      `accurateCast${attempt ? 'OrNull' : ''}(${whole(sql)}, '${attempt ? strip(name) : name}')`;
  }
  if (isInteger(source)) {
    const widens =
      source.kind === target.kind && (source as { bits: number }).bits <= (target as { bits: number }).bits;
    if (widens) return (sql) => castTo(target, sql);
    return (sql) => `accurateCast${attempt ? 'OrNull' : ''}(${sql}, '${attempt ? strip(name) : name}')`;
  }
  return ofCount(source, target, attempt);
}

/** What counts a unit, by its number. */
function ofCount(source: DataType, target: DataType, attempt: boolean): Render | undefined {
  const count = countOf(source);
  const convert =
    count && (sameType(target, INT64) ? (sql: string) => sql : conversion(INT64, target, attempt));
  return convert && ((sql) => convert(count(sql)));
}

/** A number without its fraction. */
function ofWhole(source: DataType, convert: Render, attempt: boolean): Render | undefined {
  const whole = toInteger(source, INT64, attempt);
  return whole && ((sql) => convert(whole(sql)));
}

const strip = (type: string): string => type.replace(/^Nullable\((.*)\)$/, '$1');

function textToBoolean(attempt: boolean): Render {
  const no = attempt
    ? 'NULL'
    : "if(throwIf(1, 'Cannot cast string to value of Boolean type') = 0, false, NULL)";
  return (sql) =>
    `multiIf(isNull(${sql}), NULL, lower(${sql}) IN ('true', 't', 'yes', 'y', 'on', '1'), true, lower(${sql}) IN ('false', 'f', 'no', 'n', 'off', '0'), false, ${no})`;
}

function toText(source: DataType): Render | undefined {
  if (isInteger(source) || source.kind === 'boolean' || source.kind === 'date')
    return (sql) => `toString(${sql})`;
  if (source.kind === 'decimal') return (sql) => `toDecimalString(${sql}, ${source.scale})`;
  if (source.kind === 'float') return floatText;
  if (source.kind === 'timestamp') return (sql) => displayTimestamp(sql, source.zone);
  if (isTextOrBytes(source)) return (sql) => sql;
  return spanText(source, true);
}

/** Arrow's text of a float: integral values keep `.0`, exponents below -5 and from 16 on are written (`1e16`). */
function floatText(sql: string): string {
  const digits = `toString(abs(${sql}))`;
  const bare = `replaceRegexpOne(${digits}, '0+$', '')`;
  const large = `concat(substring(${bare}, 1, 1), if(length(${bare}) > 1, concat('.', substring(${bare}, 2)), ''), 'e', toString(length(${digits}) - 1))`;
  // Between 1e-6 and 1e-5 the engine writes `0.000001…`.
  const small = `concat(substring(${digits}, 8, 1), if(length(${digits}) > 8, concat('.', substring(${digits}, 9)), ''), 'e-6')`;
  const text = `multiIf(isNaN(${sql}), 'NaN', isInfinite(${sql}) OR position(${digits}, 'e') > 0, ${digits}, abs(${sql}) >= 1e16, ${large}, ${sql} != 0 AND abs(${sql}) < 1e-5, ${small}, position(${digits}, '.') > 0, ${digits}, concat(${digits}, '.0'))`;
  return `if(isNull(${sql}), NULL, concat(if(startsWith(toString(${sql}), '-'), '-', ''), ${text}))`;
}

/** What an operand is cast to before it meets the other in a type. Text kinds meet without a cast. */
export function coerce(expression: Expression, type: DataType): Expression {
  const from = plain(expression.type);
  if (isText(from) && isText(type)) return expression;
  if (isNumber(from) && isNumber(type) && type.kind !== 'decimal' && expression.constant === undefined) {
    if (sameType(from, type)) return expression;
    return call(type, expression.name, [expression], ([sql]) => castTo(type, sql!), {
      nullable: expression.nullable,
    });
  }
  if (from.kind === 'timestamp' && type.kind === 'timestamp') {
    if (sameType(from, type)) return expression;
    return expression.constant === undefined
      ? retyped(expression, type)
      : constant(expression.constant, type, expression.name);
  }
  if (from.kind === 'duration' && type.kind === 'duration') return cast(expression, type);
  return cast(expression, type);
}
