/** Literals and parameters. */
import {
  BINARY,
  BOOLEAN,
  type DataType,
  FLOAT64,
  INT64,
  INTERVAL,
  NULL_TYPE,
  UINT64,
  UTF8,
} from '../types.ts';
import { type AstNode, type AstValue, node, text, variant } from './ast.ts';
import { constant, type Expression } from './expression.ts';
import { parseInterval } from './interval-text.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';

const I64_MAXIMUM = 2n ** 63n - 1n;
const U64_MAXIMUM = 2n ** 64n - 1n;

export function integerConstant(value: bigint, type: DataType = INT64): Expression {
  return constant({ kind: 'integer', value }, type, `${type.kind === 'uint' ? 'UInt64' : 'Int64'}(${value})`);
}

export function floatConstant(value: number, type: DataType = FLOAT64): Expression {
  return constant({ kind: 'float', value }, type, `Float64(${allDigits(value)})`);
}

/** The shortest digits that mean the number, without an exponent. */
function allDigits(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits, exponent] = String(value).split('e');
  if (exponent === undefined) return digits!;
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(digits!)!;
  const point = whole!.length + Number(exponent);
  const all = `${whole}${fraction}`;
  return point > 0 ? `${sign}${all.padEnd(point, '0')}` : `${sign}0.${'0'.repeat(-point)}${all}`;
}

export function textConstant(value: string): Expression {
  return constant({ kind: 'string', value }, UTF8, `Utf8("${value}")`);
}

function nullConstant(): Expression {
  return constant({ kind: 'null' }, NULL_TYPE, 'NULL');
}

function booleanConstant(value: boolean): Expression {
  return constant({ kind: 'boolean', value }, BOOLEAN, `Boolean(${value})`);
}

/** A number as written: Int64, above it UInt64, above that or with a point Float64. */
function numberConstant(source: string): Expression {
  if (/^\d+$/.test(source)) {
    const value = BigInt(source);
    if (value <= I64_MAXIMUM) return integerConstant(value);
    if (value <= U64_MAXIMUM) return integerConstant(value, UINT64);
  }
  // What is too large is infinite.
  const value = Number(source);
  if (Number.isNaN(value)) throw errors.planning(`Cannot parse ${source.slice(0, 100)} as a number`);
  return floatConstant(value);
}

export function bindValue(body: AstValue, context: StatementContext): Expression {
  const value = node(body).value;
  const [kind, content] = variant(value);
  switch (kind) {
    case 'Number':
      return numberConstant(text(Array.isArray(content) ? content[0] : undefined));
    case 'SingleQuotedString':
    case 'EscapedStringLiteral':
    case 'UnicodeStringLiteral':
    case 'NationalStringLiteral':
      return textConstant(text(content));
    case 'DollarQuotedString':
      return textConstant(text(node(content).value));
    case 'Boolean':
      return booleanConstant(content === true);
    case 'Null':
      return nullConstant();
    case 'HexStringLiteral': {
      const written = text(content);
      if (!/^[0-9a-fA-F]*$/.test(written))
        throw errors.planning(`Invalid HexStringLiteral '${written.slice(0, 100)}'`);
      const hex = written.padStart(written.length + (written.length % 2), '0');
      return constant(
        { kind: 'string', value: Buffer.from(hex, 'hex').toString('latin1') },
        BINARY,
        `Binary("${[...Buffer.from(hex, 'hex')].join(',')}")`,
      );
    }
    case 'Placeholder':
      return parameter(text(content), context);
  }
  throw errors.notImplemented(`Unsupported value ${kind}`);
}

/** `$name`; whole non-negative numbers are UInt64, negative ones Int64 (sql.md 4.2). */
function parameter(placeholder: string, context: StatementContext): Expression {
  const name = placeholder.slice(1);
  if (!placeholder.startsWith('$') || !context.parameters.has(name))
    throw errors.planning(`No value found for placeholder with name ${placeholder}`);
  const value = context.parameters.get(name)!;
  if (value === null) return nullConstant();
  if (typeof value === 'boolean') return booleanConstant(value);
  if (typeof value === 'string') return textConstant(value);
  if (typeof value === 'number') return floatConstant(value);
  if (value < -(2n ** 63n) || value > U64_MAXIMUM)
    throw errors.planning(`the value of parameter ${placeholder} does not fit 64 bits`);
  return integerConstant(value, value >= 0n ? UINT64 : INT64);
}

const UNIT_NAMES = new Set([
  'Year',
  'Years',
  'Month',
  'Months',
  'Week',
  'Weeks',
  'Day',
  'Days',
  'Hour',
  'Hours',
  'Minute',
  'Minutes',
  'Second',
  'Seconds',
  'Millisecond',
  'Milliseconds',
  'Microsecond',
  'Microseconds',
  'Nanosecond',
  'Nanoseconds',
  'Decade',
  'Century',
]);

/** `INTERVAL '1 day'`, `INTERVAL '1' DAY`, `INTERVAL 1 DAY`. */
export function bindInterval(body: AstNode, bind: (value: AstValue) => Expression): Expression {
  const leading = body.leading_field;
  let unit: string | undefined;
  if (leading !== null && leading !== undefined) {
    unit = variant(leading)[0];
    if (!UNIT_NAMES.has(unit)) throw errors.notImplemented(`INTERVAL with the unit ${unit}`);
  }
  if (body.last_field !== null && body.last_field !== undefined)
    throw errors.notImplemented('INTERVAL with a range of units');
  const operand = bind(body.value!).constant;
  const source =
    operand?.kind === 'string'
      ? operand.value
      : operand?.kind === 'integer'
        ? String(operand.value)
        : undefined;
  if (source === undefined)
    throw errors.notImplemented("INTERVAL of something else than a text: write INTERVAL '1 hour'");
  // The unit behind the text is part of it.
  const text = unit === undefined ? source : `${source} ${unit}`;
  const value = parseInterval(text, 'second');
  if (value === undefined)
    throw errors.planning(`Invalid input syntax for type interval: "${source.slice(0, 200)}"`);
  return intervalConstant(value);
}

export function intervalConstant(value: { months: number; days: number; ns: bigint }): Expression {
  return constant(
    { kind: 'interval', ...value },
    INTERVAL,
    `IntervalMonthDayNano("IntervalMonthDayNano { months: ${value.months}, days: ${value.days}, nanoseconds: ${value.ns} }")`,
  );
}
