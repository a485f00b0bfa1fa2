/** WITH RECURSIVE: a start, UNION ALL, and a step that reads the rows of the step before. */
import { type AstNode, type AstValue, node, refuseOthers, text, variant } from './ast.ts';
import { cast } from './cast.ts';
import { checkNames } from './derived-source.ts';
import type { Binder, BoundQuery, CommonTable, QueryColumn, QueryEnvironment } from './environment.ts';
import { asValue, columnExpression, printValue } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { isNested, plain } from './functions/support.ts';
import { planNode } from './plan-node.ts';
import { optional } from './functions/optional.ts';
import { errors } from './sql-errors.ts';
import { unionType } from './type-rules.ts';

type BindBody = (
  kind: string,
  content: AstValue,
  environment: QueryEnvironment,
  binder: Binder,
) => BoundQuery;

/** Undefined when the table does not read itself: then it is like any other. */
export function recursiveTable(
  name: string,
  columnNames: readonly string[],
  query: AstNode,
  environment: QueryEnvironment,
  binder: Binder,
  bindBody: BindBody,
): CommonTable | undefined {
  if (!mentions(query, name)) return undefined;
  const [kind, content] = variant(query.body);
  const body = node(content);
  if (kind !== 'SetOperation' || text(body.op) !== 'Union' || text(body.set_quantifier) !== 'All')
    throw errors.notImplemented(`the recursive query "${name}" in another form than: start UNION ALL step`);
  refuseOthers(query, ['body'], `the recursive query "${name}"`);
  const build = (): BoundQuery => {
    const { context } = environment;
    const start = bindBody(...variant(body.left), environment, binder);
    const engineName = `w${context.freshId().slice(1)}`;
    const columns = start.columns.map(
      (column, i): QueryColumn => ({
        name: columnNames[i] ?? column.name,
        qualifier: null,
        type: optional(plain(column.type)),
        nullable: true,
        id: context.freshId(),
      }),
    );
    checkNames(columns.length, columnNames);
    const self: CommonTable = {
      query,
      columnNames: [],
      environment,
      recursive: { engineName, columns: columns.map((column) => ({ ...column, use() {} })) },
    };
    const inner = { ...environment, commonTables: new Map([...environment.commonTables, [name, self]]) };
    const step = bindBody(...variant(body.right), inner, binder);
    const sql = `WITH RECURSIVE ${engineName} AS (${part(start, columns)} UNION ALL ${part(step, columns)})`;
    const outer = columns.map((column) => ({ ...column, id: context.freshId() }));
    const list = outer.map((column, i) => `${columns[i]!.id} AS ${column.id}`).join(', ');
    return {
      columns: outer,
      sql: `${sql} SELECT ${list} FROM ${engineName}`,
      node: planNode(`RecursiveQuery: ${name}`, start.node, step.node),
    };
  };
  return { query, columnNames: [], environment, build };
}

/** One half, in the columns and types of the start; nullable, because a later step may bring nulls. */
function part(query: BoundQuery, columns: readonly QueryColumn[]): string {
  if (query.columns.length !== columns.length)
    throw errors.planning(
      `The halves of a recursive query have ${columns.length} and ${query.columns.length} columns`,
    );
  const list = query.columns.map((column, i) => {
    const { type, id } = columns[i]!;
    if (unionType(column.type, type) === undefined)
      throw errors.planning(
        `Column '${columns[i]!.name}' of a recursive query is ${arrowTypeText(type)}, its step gives ${arrowTypeText(column.type)}`,
      );
    const value = printValue(asValue(cast(columnExpression({ ...column, use() {} }, column.name), type)));
    return `${isNested(type) ? value : `toNullable(${value})`} AS ${id}`;
  });
  return `SELECT ${list.join(', ')} FROM (${query.sql})`;
}

/** Whether a table of this name is read anywhere in the query. */
function mentions(value: AstValue | undefined, name: string): boolean {
  if (value === null || typeof value !== 'object' || value === undefined) return false;
  if (Array.isArray(value)) return value.some((item) => mentions(item, name));
  return Object.entries(value).some(([key, item]) => {
    if (key === 'Table') {
      const path = (item as AstNode).name;
      if (Array.isArray(path) && path.length === 1) {
        const found = (path[0] as AstNode).Identifier as AstNode | undefined;
        const written = found?.value;
        if (typeof written === 'string' && (found?.quote_style ? written : written.toLowerCase()) === name)
          return true;
      }
    }
    return mentions(item, name);
  });
}
