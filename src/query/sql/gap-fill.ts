/**
 * Gap filling (sql.md 9.4): a row for every bin between the time bounds, for every series that has data. The
 * grouping query is sorted by series and by the number of the bin, and the engine fills in missing numbers.
 */
import type { Aggregation, AggregationItem } from './aggregation.ts';
import { type Expression, type FillMark, some } from './expression.ts';
import { isNested } from './functions/support.ts';
import { binsBetween } from './gap-fill-bins.ts';
import { isGapFilling } from './gap-fill-calls.ts';
import { printFill } from './gap-fill-values.ts';
import { timeBounds } from './push-down.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';

export interface GapFillInput {
  readonly aggregation: Aggregation;
  /** The grouping query. */
  readonly sql: string;
  /** Select list and ORDER BY, where fills may stand, before they were rewritten. */
  readonly selected: readonly Expression[];
  /** HAVING and QUALIFY, where they may not. */
  readonly conditions: readonly Expression[];
  readonly where: readonly Expression[];
  readonly context: StatementContext;
}

/** The grouping query with its gaps filled, the same ids; null when nothing asks for it. */
export function fillGaps(input: GapFillInput): string | null {
  const { aggregation, context } = input;
  const keys = aggregation.keys.map((key) => key.expression);
  if (!isGapFilling([...input.selected, ...input.conditions, ...keys])) return null;
  const bin = theBin(aggregation, input);
  const mark = bin.expression.fill as Extract<FillMark, { kind: 'bin' }>;
  const bins = binsBetween(mark, bounds(mark, input.where));
  const series = aggregation.keys.filter((key) => key !== bin).map((key) => key.column.id);
  const [present, number] = [context.freshId(), context.freshId()];
  const aggregates = aggregation.aggregates.map(({ column, expression }) => {
    // What stays not nullable gets the engine's default in new rows: 0 for counts.
    const nullable = expression.emptyValue === undefined && !isNested(expression.type);
    return nullable ? `toNullable(${column.id})` : column.id;
  });
  // No rows would be filled too, so rows of series that exist are marked.
  const numbered = `SELECT ${[
    ...series,
    ...aggregates.map((sql, i) => `${sql} AS ${number}a${i}`),
    `${bins.numberOf(bin.column.id)} AS ${number}`,
    `materialize(toUInt8(1)) AS ${present}`,
  ].join(', ')} FROM (${input.sql})`;
  const filled = `${numbered} ORDER BY ${[present, ...series].map((id) => `${id} ASC`).join(', ')}, ${number} ASC WITH FILL FROM 0 TO ${bins.count} STEP 1`;
  const instant = bins.instantOf(number);
  const outer = aggregation.aggregates.map((item, i) => `${number}a${i} AS ${item.column.id}`);
  const byId = new Map(aggregation.aggregates.map((item, i) => [item.column.id, `${number}a${i}`]));
  const fills = aggregation.fills.map((fill) =>
    printFill(fill, (column) => byId.get(column) ?? column, { series, number, instant }),
  );
  return `SELECT ${[...series, `${instant} AS ${bin.column.id}`, ...outer, ...fills].join(', ')} FROM (${filled}) WHERE ${present} = 1`;
}

const isBin = (expression: Expression): boolean => expression.fill?.kind === 'bin';
const NAME = (expression: Expression): string =>
  (expression.fill as { wallclock?: boolean }).wallclock ? 'DATE_BIN_WALLCLOCK_GAPFILL' : 'DATE_BIN_GAPFILL';

/** The one key that is the bin; throws for every other place of a gap-filling call. */
function theBin(aggregation: Aggregation, input: GapFillInput): AggregationItem {
  const found = aggregation.keys.filter((key) => isBin(key.expression));
  for (const { expression } of aggregation.keys) {
    for (const inner of expression.children) {
      const nested = find(inner, isBin);
      if (nested !== undefined)
        throw errors.planning(
          `${NAME(nested)} must be a top-level expression in the GROUP BY clause when gap filling. It cannot be part of another expression or cast`,
        );
    }
  }
  const misplaced = [...input.conditions, ...aggregation.keys.map((key) => key.expression)].map(
    (expression) => find(expression, isFill),
  );
  const fill =
    misplaced.find((part) => part !== undefined) ??
    (found.length === 0 ? findIn(input.selected, isFill) : undefined);
  if (fill !== undefined)
    throw errors.planning(`${fill.fill!.kind} may only be used in the SELECT list of a gap-filling query`);
  const [bin] = found;
  if (bin === undefined) {
    const stray = findIn(input.selected, isBin)!;
    throw errors.planning(`${NAME(stray).toLowerCase()} may only be used as a GROUP BY expression`);
  }
  if (found.length > 1) throw errors.planning(`${NAME(bin.expression)} specified more than once`);
  return bin;
}

const isFill = (expression: Expression): boolean => expression.fill !== undefined && !isBin(expression);

function find(expression: Expression, test: (part: Expression) => boolean): Expression | undefined {
  let result: Expression | undefined;
  some(expression, (part) => {
    if (!test(part)) return false;
    result = part;
    return true;
  });
  return result;
}

const findIn = (
  expressions: readonly Expression[],
  test: (part: Expression) => boolean,
): Expression | undefined =>
  expressions.map((expression) => find(expression, test)).find((part) => part !== undefined);

function bounds(
  mark: Extract<FillMark, { kind: 'bin' }>,
  where: readonly Expression[],
): { readonly lower: bigint; readonly upper: bigint } {
  let column = mark.time;
  while (column.column === undefined && column.kind === 'call' && column.children.length > 0)
    column = column.children[0]!;
  if (column.column === undefined)
    throw errors.planning('the time argument of a gap-filling bin must be a column');
  const found = timeBounds(column, where) ?? { lower: null, upper: null };
  for (const side of ['lower', 'upper'] as const)
    if (found[side] === undefined)
      throw errors.planning(`${side} time bound for gap fill query must evaluate to a scalar`);
  const { lower, upper } = found as { lower: bigint | null; upper: bigint | null };
  if (lower === null && upper === null)
    throw errors.planning('gap-filling query is missing both upper and lower time bounds');
  if (lower === null) throw errors.planning('gap-filling query is missing lower time bound');
  if (upper === null) throw errors.planning('gap-filling query is missing upper time bound');
  return { lower, upper };
}
