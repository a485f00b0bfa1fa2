/** Whole queries: WITH, the body (SELECT, set operation, VALUES), ORDER BY and LIMIT. */
import { type AstNode, type AstValue, identifier, list, node, refuseOthers, variant } from './ast.ts';
import { recursiveTable } from './bind-recursive.ts';
import { bindSelect } from './bind-select.ts';
import { bindSetOperation } from './bind-set-operation.ts';
import { bindValues } from './bind-values.ts';
import type { Binder, BoundQuery, CommonTable, QueryEnvironment } from './environment.ts';
import { bindLimit, type Tail } from './query-tail.ts';
import { sortedQuery } from './sorted-query.ts';
import { errors } from './sql-errors.ts';

export function bindQuery(query: AstNode, environment: QueryEnvironment, binder: Binder): BoundQuery {
  refuseOthers(query, ['with', 'body', 'order_by', 'limit_clause', 'fetch'], 'a query');
  if ((query.with ?? null) === null) return bindWhole(query, environment, binder);
  const own = bindWith(node(query.with), environment, binder);
  const bound = bindWhole(
    query,
    { ...environment, commonTables: new Map([...environment.commonTables, ...own]) },
    binder,
  );
  checkUnused([...own.values()], environment, binder);
  return bound;
}

/** Tables of WITH are bound where they are used; one that nobody uses is checked all the same, from the last on. */
function checkUnused(tables: readonly CommonTable[], { context }: QueryEnvironment, binder: Binder): void {
  for (const table of tables.toReversed()) {
    if (context.usedTables.has(table)) continue;
    if (table.build !== undefined) table.build();
    else bindQuery(table.query, table.environment, binder);
  }
}

function bindWhole(query: AstNode, inner: QueryEnvironment, binder: Binder): BoundQuery {
  const tail: Tail = { orderBy: orderEntries(query.order_by), limit: bindLimit(query, inner, binder) };
  const [kind, content] = variant(query.body);
  if (kind === 'Select') return bindSelect(node(content), tail, inner, binder);
  const bare = tail.orderBy.length === 0 && tail.limit.count === null && tail.limit.offset === 0n;
  const body = bindBody(kind, content, bare ? inner : whole(inner), binder);
  if (!bare && isCorrelated(inner))
    throw errors.notImplemented(`ORDER BY or LIMIT behind brackets in a correlated subquery`);
  return sortedQuery(body, tail, inner, binder);
}

function bindBody(
  kind: string,
  content: AstValue,
  environment: QueryEnvironment,
  binder: Binder,
): BoundQuery {
  environment.context.enterRelation();
  switch (kind) {
    case 'Select':
      return bindSelect(
        node(content),
        { orderBy: [], limit: { count: null, offset: 0n } },
        environment,
        binder,
      );
    case 'Query':
      return binder.query(node(content), environment);
    case 'SetOperation': {
      const inside = { ...whole(environment), results: false };
      const before = environment.outer?.outerReferences.length ?? 0;
      const bound = bindSetOperation(node(content), environment, (part) =>
        bindBody(...variant(part), inside, binder),
      );
      // The engine would add the outer columns to each side, in different places.
      if ((environment.outer?.outerReferences.length ?? 0) > before)
        throw errors.notImplemented('UNION, INTERSECT or EXCEPT over columns of the enclosing query');
      return bound;
    }
    case 'Values':
      return bindValues(node(content), environment, binder);
    case 'Insert':
    case 'Update':
    case 'Delete':
    case 'Merge':
      throw errors.dml(kind);
  }
  throw errors.notImplemented(`${kind} as a query`);
}

/** Where its rows are needed as they are. */
const whole = ({ liftsRow: _, countsOnly: __, ...others }: QueryEnvironment): QueryEnvironment => ({
  ...others,
  defersTail: false,
});

const isCorrelated = ({ outer }: QueryEnvironment): boolean => (outer?.outerReferences.length ?? 0) > 0;

function orderEntries(value: AstValue | undefined): readonly AstValue[] {
  if (value === null || value === undefined) return [];
  const body = node(value);
  refuseOthers(body, ['kind'], 'ORDER BY');
  const [kind, content] = variant(body.kind);
  if (kind !== 'Expressions') throw errors.notImplemented('ORDER BY ALL');
  return list(content);
}

function bindWith(
  clause: AstNode,
  environment: QueryEnvironment,
  binder: Binder,
): ReadonlyMap<string, CommonTable> {
  refuseOthers(clause, ['recursive', 'cte_tables'], 'WITH');
  const own = new Map<string, CommonTable>();
  for (const entry of list(clause.cte_tables)) {
    const table = node(entry);
    refuseOthers(table, ['alias', 'query', 'from', 'materialized'], 'WITH');
    const alias = node(table.alias);
    const name = identifier(alias.name);
    if (own.has(name)) throw errors.planning(`WITH query name "${name}" specified more than once`);
    const columnNames = list(alias.columns).map((column) => identifier(node(column).name));
    // Later tables see the earlier ones, not themselves.
    const seen: QueryEnvironment = {
      ...whole(environment),
      results: false,
      commonTables: new Map([...environment.commonTables, ...own]),
    };
    const query = node(table.query);
    const recursion =
      clause.recursive === true
        ? recursiveTable(name, columnNames, query, seen, binder, bindBody)
        : undefined;
    own.set(name, recursion ?? { query, columnNames, environment: seen });
  }
  return own;
}
