/** Gap filling (sql.md 9.4): a row for every bin between the time bounds, for every series that has data. */
import type { Aggregation } from './aggregation.ts';
import type { Expression } from './expression.ts';
import { isGapFilling } from './gap-fill-calls.ts';
import type { Source } from './source.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';

export interface GapFillInput {
  readonly aggregation: Aggregation;
  /** The grouping query. */
  readonly sql: string;
  /** Select list, HAVING, … before they were rewritten. */
  readonly original: readonly Expression[];
  readonly where: readonly Expression[];
  readonly source: Source | undefined;
  readonly context: StatementContext;
}

/** The grouping query with its gaps filled, the same ids; null when nothing asks for it. */
export function fillGaps(input: GapFillInput): string | null {
  const keys = input.aggregation.keys.map((key) => key.expression);
  if (!isGapFilling([...input.original, ...keys])) return null;
  throw errors.notImplemented('gap filling');
}
