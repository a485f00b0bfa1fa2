/** Casts to decimals: rounded half away from zero to the scale; what has more digits than the precision is an error. */
import { nullableEngineType } from '../representation.ts';
import type { DataType } from '../types.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import type { Decimal } from './functions/decimal-type.ts';
import { isInteger, isText } from './functions/support.ts';
import { stringLiteral } from './literals.ts';

const ENGINE_DIGITS = 76;

/** Undefined: there is no such cast. `attempt` gives null where the cast would fail. */
export function decimalCast(
  source: DataType,
  target: Decimal,
  attempt: boolean,
): ((sql: string) => string) | undefined {
  const fail = (condition: string, message: string, value: string): string =>
    attempt
      ? `if(${condition}, NULL, ${value})`
      : `if(throwIf(${condition}, ${stringLiteral(message)}) = 0, ${value}, NULL)`;
  const tooLarge = `Cast error: the value is too large for ${arrowTypeText(target)}`;
  /** The value is cast where it fits only: the engine looks at both branches, and wraps around unseen. */
  const fitting = (value: string, scale: number): string => {
    const greatest = greatestDecimal(target.precision - target.scale, scale);
    const typed = (sql: string): string => `CAST(${sql} AS ${nullableEngineType(target)})`;
    if (greatest === undefined) return typed(value);
    const fits = `abs(${value}) <= ${greatest}`;
    return fail(`NOT ifNull(${fits}, 1)`, tooLarge, typed(`if(${fits}, ${value}, NULL)`));
  };
  if (source.kind === 'float')
    return (sql) => {
      const limit = `1e${target.precision - target.scale}`;
      const fits = `abs(${sql}) < ${limit}`;
      const value = roundedFloat(`if(${fits}, ${sql}, NULL)`, target.scale);
      return fail(`NOT ifNull(${fits}, 1)`, tooLarge, fitting(value, target.scale));
    };
  if (isText(source))
    return (sql) => {
      const text = `CAST(${sql} AS Nullable(String))`;
      // One digit more decides how it is rounded.
      const scale = Math.min(ENGINE_DIGITS, target.scale + 1);
      const value = `toDecimal256OrNull(${text}, ${scale})`;
      const message = `Cast error: Cannot cast string to value of ${arrowTypeText(target)} type`;
      const known = fail(`isNull(${value}) AND isNotNull(${text})`, message, value);
      return fitting(`round(${known}, ${target.scale})`, scale);
    };
  if (source.kind === 'decimal')
    return (sql) => fitting(`round(toDecimal256(${sql}, ${source.scale}), ${target.scale})`, source.scale);
  return isInteger(source) ? (sql) => fitting(`toDecimal256(${sql}, 0)`, 0) : undefined;
}

/** With as many nines before and behind the point; undefined where the engine has no greater number anyway. */
function greatestDecimal(wholes: number, scale: number): string | undefined {
  if (wholes + scale > ENGINE_DIGITS) return undefined;
  const digits = '9'.repeat(wholes) || '0';
  return `toDecimal256('${scale === 0 ? digits : `${digits}.${'9'.repeat(scale)}`}', ${scale})`;
}

/** The engine would cut digits off; the scaled value is rounded, and scaled back exactly. */
function roundedFloat(sql: string, scale: number): string {
  const scaled = `(${sql} * 1e${scale})`;
  const whole = `(trunc(${scaled}) + if(abs(${scaled} - trunc(${scaled})) >= 0.5, sign(${scaled}), 0))`;
  const unit = scale === 0 ? '1' : `0.${'1'.padStart(scale, '0')}`;
  return `(toDecimal256(${whole}, 0) * toDecimal256('${unit}', ${scale}))`;
}

/** With its own digits in the engine's widest form, in which those of different scales can be compared. */
export const widened = (sql: string, scale: number): string => `toDecimal256(${sql}, ${scale})`;
