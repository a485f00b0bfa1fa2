/** Casts of constants: exact, with DataFusion's error texts. */
import type { DataType } from '../types.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import type { ConstantValue } from './functions/definition.ts';
import { isText, plain } from './functions/support.ts';
import { parseInterval } from './interval-text.ts';
import { errors } from './sql-errors.ts';
import { NS_PER_UNIT, nsPerInteger } from './time-unit.ts';
import { isUtc, zoneOffsetNs } from './time-zone.ts';
import { ENDS_IN_ZONE, parseTimeOfDay, parseTimestamp } from './timestamp-text.ts';
import { NS_PER_DAY } from './functions/zones.ts';

const NULL: ConstantValue = { kind: 'null' };

/** Undefined: not foldable, print the conversion. */
export function castConstant(
  value: ConstantValue,
  from: DataType,
  type: DataType,
  attempt: boolean,
): ConstantValue | undefined {
  const target = plain(type);
  const fail = (message: string): ConstantValue => {
    if (attempt) return NULL;
    throw errors.cast(message);
  };
  if (value.kind === 'null') return value;
  if (value.kind === 'string' && isText(plain(from))) return fromText(value.value, target, fail);
  if (value.kind === 'integer' && plain(from).kind !== 'time' && plain(from).kind !== 'duration')
    return fromInteger(value.value, plain(from), target, fail);
  if (value.kind === 'float') return fromFloat(value.value, target, fail);
  if (value.kind === 'boolean') {
    if (target.kind === 'int' || target.kind === 'uint')
      return { kind: 'integer', value: value.value ? 1n : 0n };
    if (target.kind === 'float') return { kind: 'float', value: value.value ? 1 : 0 };
    if (target.kind === 'utf8') return { kind: 'string', value: String(value.value) };
  }
  if (value.kind === 'timestamp') {
    if (target.kind === 'timestamp' && target.unit === 'nanosecond') return value;
    if (target.kind === 'date')
      return {
        kind: 'date',
        days: Number(BigInt.asIntN(64, (value.ns - positiveModulo(value.ns, NS_PER_DAY)) / NS_PER_DAY)),
      };
  }
  if (value.kind === 'date' && target.kind === 'timestamp' && target.zone === null)
    return { kind: 'timestamp', ns: BigInt(value.days) * NS_PER_DAY };
  return undefined;
}

const positiveModulo = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;

type Fail = (message: string) => ConstantValue;

function fromText(text: string, target: DataType, fail: Fail): ConstantValue | undefined {
  const cannot = (): ConstantValue =>
    fail(`Cannot cast string '${text}' to value of ${arrowTypeText(target)} type`);
  switch (target.kind) {
    case 'utf8':
      return { kind: 'string', value: text };
    case 'binary':
      return { kind: 'string', value: Buffer.from(text, 'utf8').toString('latin1') };
    case 'int':
    case 'uint': {
      if (!/^[+-]?\d+$/.test(text)) return cannot();
      const value = BigInt(text.replace(/^\+/, ''));
      return inRange(value, target) ? { kind: 'integer', value } : cannot();
    }
    case 'float': {
      if (/^[+-]?(inf|infinity)$/i.test(text))
        return {
          kind: 'float',
          value: text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
        };
      if (/^[+-]?nan$/i.test(text)) return { kind: 'float', value: Number.NaN };
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return cannot();
      return { kind: 'float', value: Number(text) };
    }
    case 'boolean': {
      const word = text.trim().toLowerCase();
      if (['true', 't', 'yes', 'y', 'on', '1'].includes(word)) return { kind: 'boolean', value: true };
      if (['false', 'f', 'no', 'n', 'off', '0'].includes(word)) return { kind: 'boolean', value: false };
      return cannot();
    }
    case 'timestamp': {
      const shown = parseTimestamp(text);
      if (shown === undefined) return fail(`Error parsing timestamp from '${text}': error parsing date`);
      const offset = offsetOf(text, target.zone);
      if (offset === undefined) return undefined;
      const ns = shown - offset;
      return { kind: 'timestamp', ns: ns - positiveModulo(ns, NS_PER_UNIT[target.unit]) };
    }
    case 'date': {
      const ns = parseTimestamp(dashedDay(text));
      return ns === undefined
        ? cannot()
        : { kind: 'date', days: Number((ns - positiveModulo(ns, NS_PER_DAY)) / NS_PER_DAY) };
    }
    case 'time': {
      const ns = parseTimeOfDay(text);
      return ns === undefined ? cannot() : { kind: 'integer', value: ns - (ns % NS_PER_UNIT[target.unit]) };
    }
    case 'interval': {
      const interval = parseInterval(text, 'month');
      return interval === undefined
        ? fail(`Invalid input syntax for type interval: "${text}"`)
        : { kind: 'interval', ...interval };
    }
    default:
      return undefined;
  }
}

/** A day may be written without dashes, or with single digits. */
function dashedDay(text: string): string {
  const [, year, month, day] =
    /^(\d{4})(?:(\d{2})(\d{2})|-(\d{1,2})-(\d{1,2}))$/.exec(text)?.filter((part) => part !== undefined) ?? [];
  return year === undefined ? text : `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`;
}

/** How far the zone's clock is ahead of what the text means; undefined: not the same the whole year. */
function offsetOf(text: string, zone: string | null): bigint | undefined {
  return zone === null || isUtc(zone) || ENDS_IN_ZONE.test(text) ? 0n : zoneOffsetNs(zone);
}

function inRange(value: bigint, type: DataType): boolean {
  if (type.kind === 'int') return BigInt.asIntN(type.bits, value) === value;
  if (type.kind === 'uint') return BigInt.asUintN(type.bits, value) === value;
  return false;
}

function fromInteger(value: bigint, from: DataType, target: DataType, fail: Fail): ConstantValue | undefined {
  switch (target.kind) {
    case 'int':
    case 'uint':
      return inRange(value, target)
        ? { kind: 'integer', value }
        : fail(`Can't cast value ${value} to type ${arrowTypeText(target)}`);
    case 'float':
      return { kind: 'float', value: Number(value) };
    case 'boolean':
      return { kind: 'boolean', value: value !== 0n };
    case 'utf8':
      return { kind: 'string', value: String(value) };
    case 'timestamp': {
      const ns = value * nsPerInteger(from, target.unit);
      return BigInt.asIntN(64, ns) === ns
        ? { kind: 'timestamp', ns }
        : fail(`Can't cast value ${value} to type ${arrowTypeText(target)}`);
    }
    default:
      return undefined;
  }
}

function fromFloat(value: number, target: DataType, fail: Fail): ConstantValue | undefined {
  if (target.kind === 'int' || target.kind === 'uint') {
    const refuse = (): ConstantValue =>
      fail(`Can't cast value ${String(value).replace('e+', 'e')} to type ${arrowTypeText(target)}`);
    if (!Number.isFinite(value)) return refuse();
    const whole = BigInt(Math.trunc(value));
    return inRange(whole, target) ? { kind: 'integer', value: whole } : refuse();
  }
  if (target.kind === 'float') return { kind: 'float', value };
  if (target.kind === 'boolean') return { kind: 'boolean', value: value !== 0 };
  return undefined;
}
