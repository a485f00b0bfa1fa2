/** Finds gap-filling calls in expressions. */
import { type Expression, some } from './expression.ts';
import { errors } from './sql-errors.ts';

export const isGapFilling = (expressions: readonly Expression[]): boolean =>
  expressions.some((expression) => some(expression, (part) => part.fill !== undefined));

/** In a query that does not group, or a condition below the grouping, nothing is filled. */
export function refuseFills(expressions: readonly Expression[]): void {
  for (const expression of expressions)
    some(expression, ({ fill }) => {
      if (fill === undefined) return false;
      throw errors.planning(
        fill.kind === 'bin'
          ? `${fill.wallclock ? 'date_bin_wallclock_gapfill' : 'date_bin_gapfill'} may only be used as a GROUP BY expression`
          : `${fill.kind} may only be used in the SELECT list of a gap-filling query`,
      );
    });
}
