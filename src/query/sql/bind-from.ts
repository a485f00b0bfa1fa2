/** FROM: tables, virtual tables, derived tables, common table expressions, joins. */
import {
  type AstNode,
  type AstValue,
  list,
  node,
  objectName,
  position,
  refuseOthers,
  variant,
} from './ast.ts';
import { bindLateral } from './bind-lateral.ts';
import { bindTableFunction, bindUnnest } from './bind-table-function.ts';
import { aliasOf, derived, renamed } from './derived-source.ts';
import type { Binder, QueryEnvironment } from './environment.ts';
import { bindJoin, type JoinSyntax } from './join.ts';
import { planNode } from './plan-node.ts';
import { Scan } from './scan.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';
import { errors, where } from './sql-errors.ts';
import { virtualSource } from './virtual-source.ts';

/** The FROM clause as one source; undefined when there is none. */
export function bindFrom(
  items: readonly AstValue[],
  environment: QueryEnvironment,
  binder: Binder,
): Source | undefined {
  let result: Source | undefined;
  // One row that stands alone can be computed above; beside others it must be one.
  const [first] = items;
  const isAlone = items.length === 1 && list(node(first).joins).length === 0;
  const one = isAlone && environment.outer !== null ? { ...environment, liftsRow: true } : environment;
  for (const item of items) {
    const parts = node(item);
    refuseOthers(parts, ['relation', 'joins'], 'FROM');
    const lateral =
      result === undefined ? undefined : bindLateral(parts.relation, CROSS, result, environment, binder);
    if (lateral !== undefined) {
      result = bindJoins(lateral, parts, environment, binder);
      continue;
    }
    const source = bindTableWithJoins(parts, one, binder);
    result = result === undefined ? source : bindJoin(CROSS, result, source, environment, binder);
  }
  return result;
}

const CROSS: JoinSyntax = { operator: 'CrossJoin', constraint: 'None' };

const bindTableWithJoins = (parts: AstNode, environment: QueryEnvironment, binder: Binder): Source =>
  bindJoins(bindFactor(parts.relation, environment, binder), parts, environment, binder);

function bindJoins(left: Source, parts: AstNode, environment: QueryEnvironment, binder: Binder): Source {
  let result = left;
  for (const entry of list(parts.joins)) {
    const join = node(entry);
    refuseOthers(join, ['relation', 'join_operator', 'global'], 'JOIN');
    if (join.global === true) throw errors.notImplemented('GLOBAL JOIN');
    const [operator, constraint] = variant(join.join_operator);
    const syntax: JoinSyntax = { operator, constraint: constraint ?? 'None' };
    result =
      bindLateral(join.relation, syntax, result, environment, binder) ??
      bindJoin(syntax, result, bindFactor(join.relation, environment, binder), environment, binder);
  }
  return result;
}

function bindFactor(value: AstValue | undefined, environment: QueryEnvironment, binder: Binder): Source {
  environment.context.enterRelation();
  const [kind, content] = variant(value);
  const body = node(content);
  switch (kind) {
    case 'Table':
      return bindTable(body, environment, binder);
    case 'Derived': {
      // LATERAL without columns of its neighbours is like any other.
      refuseOthers(body, ['subquery', 'alias', 'lateral'], 'a derived table');
      const alias = aliasOf(body.alias);
      // A derived table sees nothing of its neighbours, only enclosing queries.
      const query = binder.query(node(body.subquery), environment);
      return derived(query, alias?.name ?? null, alias?.columns ?? []);
    }
    case 'NestedJoin': {
      refuseOthers(body, ['table_with_joins', 'alias'], 'brackets in FROM');
      if ((body.alias ?? null) !== null) throw errors.notImplemented('an alias of a join in brackets');
      return bindTableWithJoins(node(body.table_with_joins), environment, binder);
    }
    case 'UNNEST': {
      refuseOthers(body, ['alias', 'array_exprs'], 'UNNEST');
      const alias = aliasOf(body.alias);
      return bindUnnest(
        list(body.array_exprs),
        alias?.name ?? null,
        alias?.columns ?? [],
        environment,
        binder,
      );
    }
    case 'Function': {
      refuseOthers(body, ['name', 'args', 'alias', 'lateral'], 'a function in FROM');
      const alias = aliasOf(body.alias);
      const [name, ...others] = objectName(body.name);
      const place = position(body.name);
      if (name === undefined || others.length > 0)
        throw errors.planning(`table function '${objectName(body.name).join('.')}' not found${where(place)}`);
      const call = { name, args: list(body.args), place, alias: alias?.name ?? null };
      return bindTableFunction({ ...call, columnNames: alias?.columns ?? [] }, environment, binder);
    }
    case 'TableFunction':
      throw errors.notImplemented(`TABLE(…)${where(position(content))}`);
  }
  throw errors.notImplemented(`${kind} in FROM${where(position(content))}`);
}

function bindTable(body: AstNode, environment: QueryEnvironment, binder: Binder): Source {
  const path = objectName(body.name);
  const place = position(body.name);
  refuseOthers(body, ['name', 'alias', 'args'], `FROM ${path.join('.')}`);
  const alias = aliasOf(body.alias);
  if ((body.args ?? null) !== null) {
    const call = node(body.args);
    refuseOthers(call, ['args'], `FROM ${path.join('.')}`);
    if (path.length !== 1)
      throw errors.planning(`table function '${path.join('.')}' not found${where(place)}`);
    return bindTableFunction(
      {
        name: path[0]!,
        args: list(call.args),
        place,
        alias: alias?.name ?? null,
        columnNames: alias?.columns ?? [],
      },
      environment,
      binder,
    );
  }
  const common = path.length === 1 ? environment.commonTables.get(path[0]!) : undefined;
  if (common !== undefined) {
    environment.context.usedTables.add(common);
    const qualifier = alias?.name ?? path[0]!;
    const names = alias !== null && alias.columns.length > 0 ? alias.columns : common.columnNames;
    if (common.recursive !== undefined) return recursiveReference(common.recursive, qualifier, environment);
    const query = common.build?.() ?? binder.query(common.query, common.environment);
    return derived(query, qualifier, names);
  }
  const notFound = () =>
    errors.planning(
      `table 'public.${path.length > 1 ? path.slice(-2).join('.') : `iox.${path[0]}`}' not found${where(place)}`,
    );
  if (path.length > 3 || (path.length === 3 && path[0] !== 'public')) throw notFound();
  const schema = path.length === 1 ? 'iox' : path[path.length - 2]!;
  const relation = environment.context.relations.relation(schema, path[path.length - 1]!);
  if (relation === undefined) throw notFound();
  const qualifier = alias?.name ?? path[path.length - 1]!;
  if (relation.kind === 'virtual')
    return renamed(virtualSource(relation, qualifier, environment), alias?.columns ?? []);
  const scan = new Scan(relation, qualifier, environment.context);
  return renamed(
    {
      relations: [scan],
      sql: scan.sql,
      node: planNode(
        `TableScan: ${qualifier === relation.table.name ? qualifier : `${relation.table.name} AS ${qualifier}`}`,
      ),
      merged: new Map(),
      shadowed: new Set(),
      scans: [scan],
      joined: false,
    },
    alias?.columns ?? [],
  );
}

/** The rows of the step before, under names of this use. */
function recursiveReference(
  recursive: { readonly engineName: string; readonly columns: readonly ScopeColumn[] },
  qualifier: string,
  environment: QueryEnvironment,
): Source {
  const columns = recursive.columns.map(
    (column): ScopeColumn => ({
      ...column,
      id: environment.context.freshId(),
      use() {},
    }),
  );
  const list = columns.map((column, i) => `${recursive.columns[i]!.id} AS ${column.id}`).join(', ');
  return {
    relations: [{ qualifier, columns }],
    sql: `(SELECT ${list} FROM ${recursive.engineName})`,
    node: planNode(`WorkTable: ${qualifier}`),
    merged: new Map(),
    shadowed: new Set(),
    scans: [],
    joined: false,
  };
}
