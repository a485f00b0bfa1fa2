/** The only ways in which a value becomes engine SQL. */
import { packInterval } from '../interval-carrier.ts';
import { nullableEngineType } from '../representation.ts';
import type { DataType } from '../types.ts';
import type { ConstantValue } from './functions/definition.ts';
import { ABSENT, isOptional } from './functions/optional.ts';

/** A quoted ClickHouse string. Control characters are escaped, so that no value can look like a template hole. */
export function stringLiteral(value: string): string {
  let out = "'";
  for (const character of value) {
    const code = character.codePointAt(0)!;
    if (character === "'") out += "\\'";
    else if (character === '\\') out += '\\\\';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code >= 0xd800 && code <= 0xdfff) out += '\ufffd';
    else out += character;
  }
  return `${out}'`;
}

/** An exact instant. */
export function timestampLiteral(ns: bigint): string {
  return `fromUnixTimestamp64Nano(toInt64(${ns}), 'UTC')`;
}

function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '(-inf)';
  if (Object.is(value, -0)) return '(-0.)';
  return value < 0 ? `(${value})` : String(value);
}

/** A constant as an engine expression of the type's representation. */
export function constantLiteral(value: ConstantValue, type: DataType): string {
  const target = type.kind === 'dictionary' ? type.value : type;
  switch (value.kind) {
    case 'null':
      return nullLiteral(target);
    case 'boolean':
      return value.value ? 'true' : 'false';
    case 'integer':
      return integerLiteral(value.value, target);
    case 'float':
      return target.kind === 'float' && target.bits !== 64
        ? `toFloat32(${floatLiteral(value.value)})`
        : `toFloat64(${floatLiteral(value.value)})`;
    case 'string':
      return target.kind === 'binary' ? hexLiteral(value.value) : stringLiteral(value.value);
    case 'timestamp':
      return timestampLiteral(value.ns);
    case 'date':
      return `toDate32(addDays(toDate32('1970-01-01'), ${value.days}))`;
    case 'interval':
      return `toInt128('${packInterval(value)}')`;
    case 'list': {
      const item: DataType = target.kind === 'list' ? target.item : { kind: 'null' };
      const items = value.items.map((entry) => constantLiteral(entry, item)).join(', ');
      return isOptional(target) ? `[[${items}]]` : `[${items}]`;
    }
  }
}

/** Where the type has no room for a null an empty list or map stands for it, a struct of nulls for a struct. */
function nullLiteral(type: DataType): string {
  if (isOptional(type)) return `CAST(${ABSENT} AS ${nullableEngineType(type)})`;
  switch (type.kind) {
    case 'null':
      return 'NULL';
    case 'list':
      return `CAST([] AS ${nullableEngineType(type)})`;
    case 'map':
      return `CAST(map() AS ${nullableEngineType(type)})`;
    case 'struct':
      return `CAST(tuple(${type.fields.map((field) => nullLiteral(field.type)).join(', ')}) AS ${nullableEngineType(type)})`;
    default:
      return `CAST(NULL AS ${nullableEngineType(type)})`;
  }
}

/** Binary constants travel as text whose characters are the bytes. */
function hexLiteral(value: string): string {
  return `unhex('${Buffer.from(value, 'latin1').toString('hex')}')`;
}

function integerLiteral(value: bigint, type: DataType): string {
  switch (type.kind) {
    case 'int':
      return `toInt${type.bits}(${value})`;
    case 'uint':
      return `toUInt${type.bits}(${value})`;
    case 'float':
      return `toFloat${type.bits === 64 ? 64 : 32}(${value})`;
    case 'decimal':
      return `toDecimal${type.bits}('${value}', ${type.scale})`;
    default:
      return `toInt64(${value})`;
  }
}
