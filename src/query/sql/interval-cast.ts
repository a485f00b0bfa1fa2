/** Casts to and from intervals; of texts, the grammar of `interval-grammar.ts` in engine SQL. */
import { intervalNanoseconds } from '../interval-carrier.ts';
import type { TimeUnit } from '../types.ts';
import { bound } from './bound.ts';
import { FRACTION_DIGITS, INTERVAL_PAIR, INTERVAL_TEXT, INTERVAL_UNITS } from './interval-grammar.ts';
import { stringLiteral } from './literals.ts';
import { MAXIMUM_TIME } from './time-range.ts';
import { NS_PER_UNIT } from './time-unit.ts';

const WHOLE = stringLiteral(INTERVAL_TEXT);
const PAIR = stringLiteral(INTERVAL_PAIR);
const UNITLESS = INTERVAL_UNITS.findIndex(({ names }) => names.includes('month')) + 1;
const NAMES = INTERVAL_UNITS.flatMap(({ names }, i) => names.map((name) => [name, i + 1] as const));
const UNIT = `transform(part[4], [${NAMES.map(([name]) => `'${name}'`).join(', ')}], [${NAMES.map(([, place]) => place).join(', ')}], ${UNITLESS})`;

type Part = 'months' | 'days' | 'ns';

/** The sum over the pairs `(unit, whole, fraction)` of what they give of one part. */
function sumOf(part: Part): string {
  const list = (values: readonly (bigint | undefined)[]): string =>
    `[${values.map((value) => `toInt128(${value ?? 0n})`).join(', ')}]`;
  const whole = list(INTERVAL_UNITS.map((unit) => unit[part]));
  const fraction = list(INTERVAL_UNITS.map((unit) => unit.fraction[part]));
  return `arrayReduce('sum', arrayMap(pair -> pair.2 * ${whole}[pair.1] + intDiv(pair.3 * ${fraction}[pair.1], ${10n ** BigInt(FRACTION_DIGITS)}), pairs))`;
}

const SIGN = "if(part[1] = '-', -1, 1)";
const PAIRS = `arrayMap(part -> (${UNIT}, ${SIGN} * toInt128(concat('0', part[2])), ${SIGN} * toInt128(rightPad(part[3], ${FRACTION_DIGITS}, '0'))), arrayFilter(part -> part[2] != '' OR part[3] != '', extractAllGroupsVertical(if(match(text, ${WHOLE}), text, ''), ${PAIR})))`;
const SUMS = `(${sumOf('months')}, ${sumOf('days')}, ${sumOf('ns')})`;
const PACKED = `span.1 * toInt128('${2n ** 96n}') + span.2 * toInt128('${2n ** 64n}') + span.3`;

const outside = (part: number, bits: bigint): string =>
  `span.${part} NOT BETWEEN -${2n ** (bits - 1n)} AND ${2n ** (bits - 1n) - 1n}`;
/** Not one text of the grammar, a unit that stands twice, a part that does not fit its number. */
const BAD = `NOT match(text, ${WHOLE}) OR length(arrayDistinct(pairs.1)) != length(pairs) OR ${outside(1, 32n)} OR ${outside(2, 32n)} OR ${outside(3, 64n)}`;

const INVALID = stringLiteral('Parser error: Invalid input syntax for type interval');

export function textToInterval(attempt: boolean): (sql: string) => string {
  const value = attempt
    ? `if(${BAD}, NULL, ${PACKED})`
    : `if(throwIf(${BAD}, ${INVALID}) = 0, ${PACKED}, NULL)`;
  const body = bound('pairs', PAIRS, bound('span', SUMS, value));
  // Null is no text at all: it must neither fail nor be looked at.
  return (sql) =>
    `if(isNull(${sql}), NULL, ${bound('text', `ifNull(lower(CAST(${sql} AS Nullable(String))), '0 day')`, body)})`;
}

/** An interval of nothing but nanoseconds, as far as they fit. */
export function durationToInterval(unit: TimeUnit, attempt: boolean): (sql: string) => string {
  const factor = NS_PER_UNIT[unit];
  if (factor === 1n) return (sql) => `toInt128(${sql})`;
  const limit = MAXIMUM_TIME / factor;
  const message = stringLiteral(
    'Arrow error: Compute error: Cannot cast to Interval(MonthDayNano): a duration is too long',
  );
  return (sql) => {
    const overflow = `ifNull(abs(${sql}) > ${limit}, 0)`;
    const ns = `toInt128(${sql}) * ${factor}`;
    return attempt ? `if(${overflow}, NULL, ${ns})` : `if(throwIf(${overflow}, ${message}) = 0, ${ns}, NULL)`;
  };
}

/** Months and days have no length. */
export function intervalToDuration(unit: TimeUnit, attempt: boolean): (sql: string) => string {
  const message = stringLiteral(
    'Arrow error: Compute error: Cannot convert interval containing non-zero months or days to duration',
  );
  return (sql) => {
    const hasDays = `ifNull(${sql} != ${intervalNanoseconds(sql)}, 0)`;
    const count = `intDiv(${intervalNanoseconds(sql)}, ${NS_PER_UNIT[unit]})`;
    return attempt
      ? `if(${hasDays}, NULL, ${count})`
      : `if(throwIf(${hasDays}, ${message}) = 0, ${count}, NULL)`;
  };
}
