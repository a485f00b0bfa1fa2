/** A column of texts as intervals: the grammar of `interval-grammar.ts` in engine SQL. */
import { bound } from './bound.ts';
import { FRACTION_DIGITS, INTERVAL_PAIR, INTERVAL_TEXT, INTERVAL_UNITS } from './interval-grammar.ts';
import { stringLiteral } from './literals.ts';

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
