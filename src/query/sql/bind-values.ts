/** VALUES: a table of expressions without a source. */
import type { DataType } from '../types.ts';
import { type AstNode, list, node, refuseOthers } from './ast.ts';
import { cast } from './cast.ts';
import type { Binder, BoundQuery, QueryColumn, QueryEnvironment } from './environment.ts';
import { asValue, printValue } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { planNode } from './plan-node.ts';
import { constantEnvironment } from './query-tail.ts';
import { errors } from './sql-errors.ts';
import { valuesType } from './type-rules.ts';

const MAXIMUM_ROWS = 10_000;

export function bindValues(body: AstNode, query: QueryEnvironment, binder: Binder): BoundQuery {
  refuseOthers(body, ['rows', 'value_keyword', 'explicit_row'], 'VALUES');
  const environment = constantEnvironment(query, binder, 'VALUES');
  const rows = list(body.rows).map((row) => {
    const items = Array.isArray(row) ? row : list(node(row).content);
    return items.map((item) => binder.expression(item, environment));
  });
  const width = rows[0]?.length ?? 0;
  if (width === 0) throw errors.planning('Values list cannot be empty');
  if (rows.length > MAXIMUM_ROWS) throw errors.tooComplex(`more than ${MAXIMUM_ROWS} rows of VALUES`);
  for (const [i, row] of rows.entries())
    if (row.length !== width)
      throw errors.planning(
        `Inconsistent data length across values list: got ${row.length} values in row ${i} but expected ${width}`,
      );
  const columns = Array.from({ length: width }, (_, i): QueryColumn => {
    const [first, ...others] = rows;
    const type = others.reduce<DataType>((common, row) => {
      const next = valuesType(common, row[i]!.type);
      if (next === undefined)
        throw errors.planning(
          `Inconsistent data type across values list at column ${i}: ${arrowTypeText(common)} and ${arrowTypeText(row[i]!.type)}`,
        );
      return next;
    }, first![i]!.type);
    return {
      name: `column${i + 1}`,
      qualifier: null,
      type,
      nullable: true,
      id: query.results ? `c${i}` : query.context.freshId(),
    };
  });
  const printed = rows.map((row) => row.map((item, i) => printValue(asValue(cast(item, columns[i]!.type)))));
  const only = printed[0]!;
  const tuple = query.context.freshId();
  // The limit keeps the engine from computing what stands above (`random()`) before the rows are there.
  const sql =
    printed.length === 1
      ? `SELECT ${columns.map((column, i) => `${only[i]} AS ${column.id}`).join(', ')}`
      : `SELECT ${columns.map((column, i) => `tupleElement(${tuple}, ${i + 1}) AS ${column.id}`).join(', ')} FROM (SELECT arrayJoin([${printed.map((row) => `tuple(${row.join(', ')})`).join(', ')}]) AS ${tuple} LIMIT ${printed.length})`;
  return { columns, sql, node: planNode(`Values: ${rows.length} rows`) };
}
