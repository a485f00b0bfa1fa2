/** Casts to decimals: rounded half away from zero to the scale; what has more digits than the precision is an error. */
import { nullableEngineType } from '../representation.ts';
import type { DataType } from '../types.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { isFloat, isNumber, isText } from './functions/support.ts';
import { stringLiteral } from './literals.ts';

type Decimal = Extract<DataType, { kind: 'decimal' }>;
/** Of the wide type between: 38 digits before the point and 38 behind it. */
const WIDE_SCALE = 38;

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
  const rounded = (sql: string): string | undefined => {
    if (isFloat(source)) return roundedFloat(sql, target.scale);
    if (isText(source)) {
      const text = `CAST(${sql} AS Nullable(String))`;
      const wide = `toDecimal256OrNull(${text}, ${WIDE_SCALE})`;
      const message = `Cast error: Cannot cast string to value of ${arrowTypeText(target)} type`;
      return `round(${fail(`isNull(${wide}) AND isNotNull(${text})`, message, wide)}, ${target.scale})`;
    }
    if (source.kind === 'decimal') return `round(toDecimal256(${sql}, ${source.scale}), ${target.scale})`;
    return isNumber(source) ? `toDecimal256(${sql}, 0)` : undefined;
  };
  if (rounded('') === undefined) return undefined;
  const limit = `toDecimal256('1${'0'.repeat(target.precision - target.scale)}', 0)`;
  return (sql) => {
    const value = rounded(sql)!;
    const message = `Cast error: the value is too large for ${arrowTypeText(target)}`;
    // The value is cast where it fits only: the engine looks at both branches.
    const fitting = `CAST(if(abs(${value}) < ${limit}, ${value}, NULL) AS ${nullableEngineType(target)})`;
    return fail(`ifNull(abs(${value}) >= ${limit}, 0)`, message, fitting);
  };
}

/** The engine would cut digits off; the scaled value is rounded, and scaled back exactly. */
function roundedFloat(sql: string, scale: number): string {
  const scaled = `(${sql} * ${10 ** scale})`;
  const whole = `(trunc(${scaled}) + if(abs(${scaled} - trunc(${scaled})) >= 0.5, sign(${scaled}), 0))`;
  const unit = scale === 0 ? '1' : `0.${'1'.padStart(scale, '0')}`;
  return `(toDecimal256(${whole}, 0) * toDecimal256('${unit}', ${scale}))`;
}
