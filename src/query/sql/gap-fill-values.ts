/** locf and interpolate: values of new rows from their neighbours in the series. */
import { engineType } from '../representation.ts';
import type { DataType } from '../types.ts';
import type { AggregationFill } from './aggregation.ts';
import { castTo, isInteger } from './functions/support.ts';
import { stringLiteral } from './literals.ts';

export interface FilledRelation {
  readonly series: readonly string[];
  /** Number of the bin. */
  readonly number: string;
  /** Engine SQL of the bin's instant. */
  readonly instant: string;
}

/** `expression AS id`. */
export function printFill(
  fill: AggregationFill,
  columnOf: (id: string) => string,
  relation: FilledRelation,
): string {
  const value = fill.print(columnOf);
  const { type } = fill;
  const sql = fill.kind === 'locf' ? carried(value, type, relation) : interpolated(value, type, relation);
  return `${sql} AS ${fill.column.id}`;
}

const over = (relation: FilledRelation, direction: 'ASC' | 'DESC'): string => {
  const partition = relation.series.length === 0 ? '' : `PARTITION BY ${relation.series.join(', ')} `;
  return `OVER (${partition}ORDER BY ${relation.number} ${direction} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
};

function carried(value: string, type: DataType, relation: FilledRelation): string {
  const window = over(relation, 'ASC');
  if (type.kind === 'struct') return `anyLastIf(${value}, isNotNull(tupleElement(${value}, 1))) ${window}`;
  return `anyLast(${value}) ${window}`;
}

/** Linear between the nearest values on both sides; none where a side has none. */
function interpolated(value: string, type: DataType, relation: FilledRelation): string {
  if (type.kind !== 'struct') return between(value, type, relation);
  const fields = type.fields.map((field, i) => {
    const part = `tupleElement(${value}, ${i + 1})`;
    return i === 0 ? between(part, field.type, relation) : part;
  });
  return `CAST(tuple(${fields.join(', ')}) AS ${engineType(type)})`;
}

function between(value: string, type: DataType, relation: FilledRelation): string {
  const at = `toUnixTimestamp64Nano(${relation.instant})`;
  const [before, after] = [over(relation, 'ASC'), over(relation, 'DESC')];
  const near = (window: string): string => `toFloat64(anyLast(${value}) ${window})`;
  const when = (window: string): string => `anyLastIf(${at}, isNotNull(${value})) ${window}`;
  const share = `toFloat64(${at} - ${when(before)}) / toFloat64(${when(after)} - ${when(before)})`;
  const line = `${near(before)} + (${near(after)} - ${near(before)}) * (${share})`;
  // Where a side is missing the engine computes with zeros beneath the null, which need not fit the type.
  const fitting = isInteger(type)
    ? `accurateCastOrNull(trunc(${line}), ${stringLiteral(engineType(type))})`
    : castTo(type, line);
  return `if(isNotNull(${value}), ${value}, ${fitting})`;
}
