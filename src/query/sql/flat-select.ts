/**
 * One engine SELECT in the place of several nested ones. The engine analyses and plans every level, which is most
 * of the time of a query that reads little. Each level stays where it could be told apart from none: a reading
 * behind a row filter or with duplicates is always one of its own (`Scan.inline`).
 */
import type { Aggregation } from './aggregation.ts';
import { type Expression, printValue, rewrite, some } from './expression.ts';
import type { PrintEnvironment } from './plan.ts';
import type { Filtered } from './select-parts.ts';
import type { StatementContext, Template } from './statement-context.ts';

/** What the rows of a SELECT were made from, when that was nothing but grouping. */
export interface Grouped {
  readonly aggregation: Aggregation;
  /** What was grouped. */
  readonly rows: Filtered;
}

/** The clauses of one SELECT; columns are called by their ids. */
export interface FlatSelect {
  readonly rows: Filtered;
  readonly items: readonly string[];
  readonly conditions: readonly string[];
  /** GROUP BY, ORDER BY and LIMIT, each with a blank before it. */
  readonly rest: string;
}

/** A subquery has its own place among the rows, and so has a window. */
const isPlain = (expression: Expression): boolean =>
  !some(
    expression,
    (part) =>
      part.kind === 'window' || part.kind === 'subquery' || part.volatile === true || part.unnest === true,
  );

export const arePlain = (expressions: readonly Expression[]): boolean => expressions.every(isPlain);

/** The expression over what was grouped instead of over the groups; undefined where that is not the same. */
export function beneathGroups(expression: Expression, { aggregation }: Grouped): string {
  return printValue(
    rewrite(expression, (part) => {
      const sql = part.column === undefined ? undefined : aggregation.sqlOf(part.column.id);
      return sql === undefined ? undefined : { ...part, render: () => sql };
    }),
  );
}

/** The one SELECT, where the reading can be part of it; what was nested otherwise. */
export function flattened(
  { rows, items, conditions, rest }: FlatSelect,
  nested: Template,
  context: StatementContext,
): Template {
  const { source, sql } = rows;
  const [scan] = source?.scans ?? [];
  const isReading = scan !== undefined && source?.sql === scan.sql && (sql ?? scan.sql) === scan.sql;
  if (!isReading) return nested;
  return context.hole((environment: PrintEnvironment) => {
    const reading = scan.inline(environment);
    if (reading === null) return nested;
    const named = (text: string) => withNames(text, reading.columns);
    const where = [...reading.where, ...conditions.map(named)].join(' AND ');
    return `SELECT ${named(items.join(', '))} ${reading.from}${where === '' ? '' : ` WHERE ${where}`}${named(rest)}`;
  });
}

/** Literals and quoted names, which stay as they are, and ids. */
const PARTS = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|`[^`\\]*(?:\\[\s\S][^`\\]*)*`|\bx\d+\b/g;

const withNames = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replace(PARTS, (part) => names.get(part) ?? part);
