/** SQL type names (sql.md 7.1). */
import {
  BOOLEAN,
  DATE32,
  type DataType,
  FLOAT64,
  INT64,
  INTERVAL,
  type StructField,
  TIMESTAMP_NS,
  type TimeUnit,
  UTF8,
} from '../types.ts';
import { type AstValue, identifier, list, node, objectName, text, variant } from './ast.ts';
import { MAXIMUM_DIGITS } from './functions/decimal-type.ts';
import { errors } from './sql-errors.ts';

const NAMES: Readonly<Record<string, DataType>> = {
  String: UTF8,
  Char: UTF8,
  Character: UTF8,
  Varchar: UTF8,
  CharacterVarying: UTF8,
  CharVarying: UTF8,
  Text: UTF8,
  TinyInt: { kind: 'int', bits: 8 },
  SmallInt: { kind: 'int', bits: 16 },
  Int2: { kind: 'int', bits: 16 },
  Int: { kind: 'int', bits: 32 },
  Integer: { kind: 'int', bits: 32 },
  Int4: { kind: 'int', bits: 32 },
  BigInt: INT64,
  Int8: INT64,
  TinyIntUnsigned: { kind: 'uint', bits: 8 },
  SmallIntUnsigned: { kind: 'uint', bits: 16 },
  Int2Unsigned: { kind: 'uint', bits: 16 },
  IntUnsigned: { kind: 'uint', bits: 32 },
  IntegerUnsigned: { kind: 'uint', bits: 32 },
  UnsignedInteger: { kind: 'uint', bits: 32 },
  Int4Unsigned: { kind: 'uint', bits: 32 },
  BigIntUnsigned: { kind: 'uint', bits: 64 },
  Int8Unsigned: { kind: 'uint', bits: 64 },
  Float: { kind: 'float', bits: 32 },
  Real: { kind: 'float', bits: 32 },
  Float4: { kind: 'float', bits: 32 },
  Double: FLOAT64,
  DoublePrecision: FLOAT64,
  Float8: FLOAT64,
  Boolean: BOOLEAN,
  Bool: BOOLEAN,
  Date: DATE32,
  Time: { kind: 'time', unit: 'nanosecond' },
  Interval: INTERVAL,
};

const UNIT_OF_DIGITS: Readonly<Record<number, TimeUnit>> = {
  0: 'second',
  3: 'millisecond',
  6: 'microsecond',
  9: 'nanosecond',
};

/** The type of a CAST; throws for names that InfluxDB rejects too. */
export function sqlType(value: AstValue | undefined): DataType {
  const [name, body] = variant(value);
  if (Object.hasOwn(NAMES, name)) return NAMES[name]!;
  switch (name) {
    case 'Timestamp': {
      // The session has no zone, so WITH TIME ZONE gives none.
      const [digits] = Array.isArray(body) ? body : [null];
      const unit = digits === null ? 'nanosecond' : UNIT_OF_DIGITS[Number(digits)];
      if (unit === undefined)
        throw errors.notImplemented(`a timestamp of ${digits} digits: 0, 3, 6 and 9 are known`);
      return { kind: 'timestamp', unit, zone: null };
    }
    case 'TimestampNtz':
      return TIMESTAMP_NS;
    case 'Decimal':
    case 'Numeric':
    case 'Dec':
      return decimalType(body);
    case 'Array': {
      const [kind, inner] = variant(body);
      if (kind === 'SquareBracket' && Array.isArray(inner)) return { kind: 'list', item: sqlType(inner[0]) };
      if (kind === 'AngleBracket') return { kind: 'list', item: sqlType(inner) };
      break;
    }
    case 'Struct': {
      const [fields] = Array.isArray(body) ? body : [null];
      return { kind: 'struct', fields: list(fields).map(structField) };
    }
    case 'Custom': {
      const parts = objectName(Array.isArray(body) ? body[0] : undefined);
      if (parts.length === 1 && parts[0] === 'timestamptz') return TIMESTAMP_NS;
      throw errors.notImplemented(`Unsupported SQL type ${parts.join('.')}`);
    }
  }
  throw errors.notImplemented(`Unsupported SQL type ${name}`);
}

/** Without a name it is called by its place. */
function structField(value: AstValue, index: number): StructField {
  const { field_name: name, field_type: type } = node(value);
  return { name: (name ?? null) === null ? `c${index}` : identifier(name), type: sqlType(type) };
}

function decimalType(body: AstValue): DataType {
  if (body === 'None') return { kind: 'decimal', bits: 128, precision: 38, scale: 10 };
  const [form, value] = variant(body);
  const [precision, scale] =
    form === 'Precision' ? [Number(value), 0] : (value as readonly number[]).map(Number);
  const bits = precision! > MAXIMUM_DIGITS[128] ? 256 : 128;
  if (!(precision! >= 1 && precision! <= MAXIMUM_DIGITS[bits] && scale! >= 0 && scale! <= precision!))
    throw errors.planning(
      `Decimal(precision = ${precision}, scale = ${scale}) should satisfy \`0 < precision <= 76\`, and \`scale <= precision\`.`,
    );
  return { kind: 'decimal', bits, precision: precision!, scale: scale! };
}

/** The literal type of `TIMESTAMP '…'` and the text it holds. */
export function typedText(body: AstValue): { readonly type: DataType; readonly text: string } {
  const parts = node(body);
  const [kind, value] = variant(node(parts.value).value);
  if (kind !== 'SingleQuotedString') throw errors.notImplemented('this form of a typed literal');
  return { type: sqlType(parts.data_type), text: text(value) };
}
