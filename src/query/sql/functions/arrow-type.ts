/** Arrow's text of a type, both ways: what `arrow_typeof` shows and what `arrow_cast` accepts. */
import type { DataType, TimeUnit } from '../../types.ts';

const UNIT_TEXT: Record<TimeUnit, string> = {
  second: 's',
  millisecond: 'ms',
  microsecond: 'µs',
  nanosecond: 'ns',
};

const UNIT_NAMES: Readonly<Record<string, TimeUnit>> = {
  second: 'second',
  s: 'second',
  millisecond: 'millisecond',
  ms: 'millisecond',
  microsecond: 'microsecond',
  us: 'microsecond',
  µs: 'microsecond',
  nanosecond: 'nanosecond',
  ns: 'nanosecond',
};

/** The short form of Arrow 57: `Int64`, `Timestamp(ns, "UTC")`, `Dictionary(Int32, Utf8)`. */
export function arrowTypeText(type: DataType): string {
  switch (type.kind) {
    case 'null':
      return 'Null';
    case 'boolean':
      return 'Boolean';
    case 'int':
      return `Int${type.bits}`;
    case 'uint':
      return `UInt${type.bits}`;
    case 'float':
      return `Float${type.bits}`;
    case 'decimal':
      return `Decimal${type.bits}(${type.precision}, ${type.scale})`;
    case 'utf8':
      return type.view ? 'Utf8View' : type.large ? 'LargeUtf8' : 'Utf8';
    case 'binary':
      return type.view ? 'BinaryView' : type.large ? 'LargeBinary' : 'Binary';
    case 'dictionary':
      return `Dictionary(${arrowTypeText(type.key)}, ${arrowTypeText(type.value)})`;
    case 'date':
      return `Date${type.bits}`;
    case 'time':
      return `Time${type.unit === 'second' || type.unit === 'millisecond' ? 32 : 64}(${UNIT_TEXT[type.unit]})`;
    case 'timestamp':
      return `Timestamp(${UNIT_TEXT[type.unit]}${type.zone === null ? '' : `, "${type.zone}"`})`;
    case 'duration':
      return `Duration(${UNIT_TEXT[type.unit]})`;
    case 'interval':
      return `Interval(${{ year_month: 'YearMonth', day_time: 'DayTime', month_day_nano: 'MonthDayNano' }[type.unit]})`;
    case 'list':
      if (type.fixed !== undefined) return `FixedSizeList(${type.fixed} x ${arrowTypeText(type.item)})`;
      return `${type.large ? 'LargeList' : 'List'}(${arrowTypeText(type.item)})`;
    case 'struct':
      return `Struct(${type.fields.map((f) => `"${f.name}": ${arrowTypeText(f.type)}`).join(', ')})`;
    case 'map':
      return `Map("entries": Struct("key": non-null ${arrowTypeText(type.key)}, "value": ${arrowTypeText(type.value)}), unsorted)`;
  }
}

const SIMPLE: Readonly<Record<string, DataType>> = {
  Null: { kind: 'null' },
  Boolean: { kind: 'boolean' },
  Int8: { kind: 'int', bits: 8 },
  Int16: { kind: 'int', bits: 16 },
  Int32: { kind: 'int', bits: 32 },
  Int64: { kind: 'int', bits: 64 },
  UInt8: { kind: 'uint', bits: 8 },
  UInt16: { kind: 'uint', bits: 16 },
  UInt32: { kind: 'uint', bits: 32 },
  UInt64: { kind: 'uint', bits: 64 },
  Float16: { kind: 'float', bits: 16 },
  Float32: { kind: 'float', bits: 32 },
  Float64: { kind: 'float', bits: 64 },
  Utf8: { kind: 'utf8' },
  LargeUtf8: { kind: 'utf8', large: true },
  Utf8View: { kind: 'utf8', view: true },
  Binary: { kind: 'binary' },
  LargeBinary: { kind: 'binary', large: true },
  BinaryView: { kind: 'binary', view: true },
  Date32: { kind: 'date', bits: 32 },
  Date64: { kind: 'date', bits: 64 },
};

const MAXIMUM_DEPTH = 8;

/** Reads an Arrow type text, long or short spelling; undefined when it is not one. */
export function parseArrowType(text: string): DataType | undefined {
  const tokens = text.match(/[A-Za-zµ_][A-Za-z0-9µ_]*|\d+|"[^"]*"|[(),]|\S/g) ?? [];
  let position = 0;
  const accept = (token: string): boolean => {
    if (tokens[position] !== token) return false;
    position += 1;
    return true;
  };
  const unit = (): TimeUnit | undefined => UNIT_NAMES[(tokens[position++] ?? '').toLowerCase()];
  const integer = (): number | undefined => {
    const token = tokens[position++] ?? '';
    return /^\d{1,9}$/.test(token) ? Number(token) : undefined;
  };
  const zone = (): string | null | undefined => {
    if (!accept(',')) return null;
    if (accept('None')) return null;
    const some = accept('Some');
    if (some && !accept('(')) return undefined;
    const token = tokens[position++] ?? '';
    if (!token.startsWith('"')) return undefined;
    if (some && !accept(')')) return undefined;
    return token.slice(1, -1);
  };
  const inside = <T>(read: () => T | undefined): T | undefined => {
    if (!accept('(')) return undefined;
    const value = read();
    return value !== undefined && accept(')') ? value : undefined;
  };
  const read = (depth: number): DataType | undefined => {
    if (depth > MAXIMUM_DEPTH) return undefined;
    const name = tokens[position++] ?? '';
    const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined;
    if (simple !== undefined) return simple;
    return inside(() => parameters(name, depth));
  };
  const parameters = (name: string, depth: number): DataType | undefined => {
    switch (name) {
      case 'Timestamp': {
        const resolution = unit();
        const zoneName = zone();
        return resolution && zoneName !== undefined
          ? { kind: 'timestamp', unit: resolution, zone: zoneName }
          : undefined;
      }
      case 'Time32':
      case 'Time64': {
        const resolution = unit();
        const coarse = resolution === 'second' || resolution === 'millisecond';
        return resolution && coarse === (name === 'Time32') ? { kind: 'time', unit: resolution } : undefined;
      }
      case 'Duration': {
        const resolution = unit();
        return resolution && { kind: 'duration', unit: resolution };
      }
      case 'Interval': {
        const units = {
          YearMonth: 'year_month',
          DayTime: 'day_time',
          MonthDayNano: 'month_day_nano',
        } as const;
        const found = tokens[position++] ?? '';
        return Object.hasOwn(units, found)
          ? { kind: 'interval', unit: units[found as keyof typeof units] }
          : undefined;
      }
      case 'Decimal128':
      case 'Decimal256': {
        const precision = integer();
        const scale = accept(',') ? integer() : undefined;
        const bits = name === 'Decimal128' ? 128 : 256;
        const limit = bits === 128 ? 38 : 76;
        if (precision === undefined || scale === undefined) return undefined;
        if (precision < 1 || precision > limit || scale > precision) return undefined;
        return { kind: 'decimal', bits, precision, scale };
      }
      case 'Dictionary': {
        const key = read(depth + 1);
        const value = accept(',') ? read(depth + 1) : undefined;
        return key && value && { kind: 'dictionary', key, value };
      }
      case 'List':
      case 'LargeList': {
        const item = read(depth + 1);
        return item && (name === 'List' ? { kind: 'list', item } : { kind: 'list', item, large: true });
      }
      case 'FixedSizeList': {
        const fixed = integer();
        const item = accept(',') || accept('x') ? read(depth + 1) : undefined;
        return fixed !== undefined && item ? { kind: 'list', item, fixed } : undefined;
      }
      default:
        return undefined;
    }
  };
  const type = read(0);
  return position === tokens.length ? type : undefined;
}
