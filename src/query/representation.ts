/**
 * How each SQL type is carried inside the engine. The printer emits expressions of exactly these ClickHouse
 * types (each may be `Nullable` where ClickHouse allows it) and the result encoders read exactly these.
 *
 * Timestamps of every unit and zone are instants in `DateTime64(9, 'UTC')`: unit and zone are static facts of
 * the type, applied when a value is shown. Durations are Int64 in their unit; `time` of day is Int64 ns;
 * intervals are as `interval-carrier.ts` says.
 */
import type { DataType } from './types.ts';

/** The ClickHouse type (without `Nullable`) that carries a SQL type. */
export function engineType(type: DataType): string {
  switch (type.kind) {
    case 'null':
      return 'Nothing';
    case 'boolean':
      return 'Bool';
    case 'int':
      return `Int${type.bits}`;
    case 'uint':
      return `UInt${type.bits}`;
    case 'float':
      return type.bits === 64 ? 'Float64' : 'Float32';
    case 'decimal':
      return `Decimal(${type.precision}, ${type.scale})`;
    case 'utf8':
    case 'binary':
      return 'String';
    case 'dictionary':
      return engineType(type.value);
    case 'date':
      return 'Date32';
    case 'time':
    case 'duration':
      return 'Int64';
    case 'timestamp':
      return "DateTime64(9, 'UTC')";
    case 'interval':
      return 'Int128';
    case 'list':
      return perhaps(type, `Array(${nullableEngineType(type.item)})`);
    case 'struct': {
      const fields = type.fields.map((f) => `\`${fieldName(f.name)}\` ${nullableEngineType(f.type)}`);
      return perhaps(type, `Tuple(${fields.join(', ')})`);
    }
    case 'map':
      return perhaps(type, `Map(${engineType(type.key)}, ${nullableEngineType(type.value)})`);
  }
}

/** Nothing nested can be null in the engine: where it may be, there is an array of none or one of it. */
const perhaps = ({ optional }: { readonly optional?: boolean }, type: string): string =>
  optional === true ? `Array(${type})` : type;

/** As a quoted name; an empty one and `null` are none to the engine. */
function fieldName(name: string): string {
  const safe = name.replace(/[\u0000-\u001f\u007f]/g, '_').replace(/[\\`]/g, '\\$&');
  return /^(?:null)?$/i.test(safe) ? `_${safe}` : safe;
}

/** The same, nullable where ClickHouse allows it (arrays, tuples and maps cannot be null there). */
export function nullableEngineType(type: DataType): string {
  const inner = engineType(type);
  return canBeNullable(type) ? `Nullable(${inner})` : inner;
}

export function canBeNullable(type: DataType): boolean {
  return type.kind !== 'list' && type.kind !== 'struct' && type.kind !== 'map';
}
