/** Reads ClickHouse type names as they stand in Native blocks. */

export type NativeType =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'fixed'; readonly width: number }
  | { readonly kind: 'string' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'nullable'; readonly inner: NativeType }
  | { readonly kind: 'low_cardinality'; readonly nullable: boolean }
  /** Read as plain values; never written. */
  | { readonly kind: 'low_cardinality_scalar'; readonly nullable: boolean; readonly scalar: string }
  | { readonly kind: 'array'; readonly item: NativeType; readonly itemText: string }
  | { readonly kind: 'tuple'; readonly fields: readonly { name: string; type: NativeType; text: string }[] }
  | {
      readonly kind: 'map';
      readonly key: NativeType;
      readonly keyText: string;
      readonly value: NativeType;
      readonly valueText: string;
    };

const SCALARS: Record<string, string> = {
  Bool: 'uint8',
  UInt8: 'uint8',
  Int8: 'int8',
  UInt16: 'uint16',
  Int16: 'int16',
  Date: 'uint16',
  UInt32: 'uint32',
  Int32: 'int32',
  Date32: 'int32',
  DateTime: 'uint32',
  UInt64: 'uint64',
  Enum8: 'int8',
  Enum16: 'int16',
  IPv4: 'uint32',
  Time: 'int32',
  Time64: 'int64',
  Int64: 'int64',
  Float32: 'float32',
  Float64: 'float64',
};
const FIXED: Record<string, number> = {
  UInt128: 16,
  Int128: 16,
  UInt256: 32,
  Int256: 32,
  UUID: 16,
  IPv6: 16,
};
const cache = new Map<string, NativeType>();

/** Parses a type name; throws for one that no table or query of ours can have. */
export function parseNativeType(text: string): NativeType {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = parse(text);
  if (cache.size < 10_000) cache.set(text, parsed);
  return parsed;
}

function parse(text: string): NativeType {
  const open = text.indexOf('(');
  const name = open < 0 ? text : text.slice(0, open);
  const args = open < 0 ? [] : splitArguments(text.slice(open + 1, -1));
  const scalar = SCALARS[name] ?? (name.startsWith('Interval') ? 'int64' : undefined);
  if (scalar !== undefined) return { kind: 'scalar', name: scalar };
  if (FIXED[name] !== undefined) return { kind: 'fixed', width: FIXED[name] };
  switch (name) {
    case 'String':
      return { kind: 'string' };
    case 'Nothing':
      return { kind: 'nothing' };
    case 'DateTime64':
      return { kind: 'scalar', name: 'int64' };
    case 'SimpleAggregateFunction':
      return parseNativeType(args[1]!);
    case 'FixedString':
      return { kind: 'fixed', width: Number(args[0]) };
    case 'Decimal':
      return decimal(Number(args[0]));
    case 'Nullable':
      return { kind: 'nullable', inner: parseNativeType(args[0]!) };
    case 'LowCardinality':
      return lowCardinality(args[0]!);
    case 'Array':
      return { kind: 'array', item: parseNativeType(args[0]!), itemText: args[0]! };
    case 'Map':
      return {
        kind: 'map',
        key: parseNativeType(args[0]!),
        keyText: args[0]!,
        value: parseNativeType(args[1]!),
        valueText: args[1]!,
      };
    case 'Tuple':
      return { kind: 'tuple', fields: args.map(tupleField) };
  }
  throw new TypeError(`unknown engine type ${text}`);
}

/** Tags are dictionaries of strings; a function of a tag is one of what it gives. */
function lowCardinality(text: string): NativeType {
  const type = parseNativeType(text);
  const nullable = type.kind === 'nullable';
  const inner = nullable ? type.inner : type;
  if (inner.kind === 'string') return { kind: 'low_cardinality', nullable };
  if (inner.kind === 'scalar') return { kind: 'low_cardinality_scalar', nullable, scalar: inner.name };
  throw new TypeError(`unknown engine type LowCardinality(${text})`);
}

function decimal(precision: number): NativeType {
  if (precision <= 9) return { kind: 'scalar', name: 'int32' };
  if (precision <= 18) return { kind: 'scalar', name: 'int64' };
  return { kind: 'fixed', width: precision <= 38 ? 16 : 32 };
}

function tupleField(text: string): { name: string; type: NativeType; text: string } {
  const quoted = /^`((?:[^`\\]|\\.)*)` (.*)$/s.exec(text);
  if (quoted) {
    return { name: quoted[1]!.replace(/\\(.)/g, '$1'), type: parseNativeType(quoted[2]!), text: quoted[2]! };
  }
  const named = /^([A-Za-z_][A-Za-z0-9_]*) ([A-Z].*)$/s.exec(text);
  if (named) return { name: named[1]!, type: parseNativeType(named[2]!), text: named[2]! };
  return { name: '', type: parseNativeType(text), text };
}

/** Splits at commas outside brackets and quotes. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (quote !== '') {
      if (character === '\\') index++;
      else if (character === quote) quote = '';
    } else if (character === '`' || character === "'") quote = character;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
