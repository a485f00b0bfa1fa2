/** FROM: tables, virtual tables, derived tables, common table expressions, joins. */
import {
  type AstNode,
  type AstValue,
  identifier,
  list,
  node,
  objectName,
  position,
  refuseOthers,
  variant,
} from './ast.ts';
import { bindTableFunction, bindUnnest } from './bind-table-function.ts';
import type { Binder, BoundQuery, QueryEnvironment } from './environment.ts';
import type { Expression } from './expression.ts';
import { bindJoin } from './join.ts';
import { planNode } from './plan-node.ts';
import { Scan } from './scan.ts';
import { Scope } from './scope.ts';
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
  for (const item of items) {
    const parts = node(item);
    refuseOthers(parts, ['relation', 'joins'], 'FROM');
    const source = bindTableWithJoins(parts, environment, binder);
    result =
      result === undefined
        ? source
        : bindJoin({ operator: 'CrossJoin', constraint: 'None' }, result, source, environment, binder);
  }
  return result;
}

function bindTableWithJoins(parts: AstNode, environment: QueryEnvironment, binder: Binder): Source {
  let result = bindFactor(parts.relation, environment, binder);
  for (const entry of list(parts.joins)) {
    const join = node(entry);
    refuseOthers(join, ['relation', 'join_operator', 'global'], 'JOIN');
    if (join.global === true) throw errors.notImplemented('GLOBAL JOIN');
    const [operator, constraint] = variant(join.join_operator);
    const right = bindFactor(join.relation, environment, binder);
    result = bindJoin({ operator, constraint: constraint ?? 'None' }, result, right, environment, binder);
  }
  return result;
}

interface Alias {
  readonly name: string;
  readonly columns: readonly string[];
}

function aliasOf(value: AstValue | undefined): Alias | null {
  if (value === null || value === undefined) return null;
  const body = node(value);
  refuseOthers(body, ['name', 'columns', 'explicit'], 'an alias');
  return {
    name: identifier(body.name),
    columns: list(body.columns).map((column) => {
      refuseOthers(node(column), ['name'], 'the columns of an alias');
      return identifier(node(column).name);
    }),
  };
}

function bindFactor(value: AstValue | undefined, environment: QueryEnvironment, binder: Binder): Source {
  environment.context.enterRelation();
  const [kind, content] = variant(value);
  const body = node(content);
  switch (kind) {
    case 'Table':
      return bindTable(body, environment, binder);
    case 'Derived': {
      refuseOthers(body, ['subquery', 'alias', 'lateral'], 'a derived table');
      if (body.lateral === true) throw errors.notImplemented('LATERAL');
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
    return renamed(
      virtualSource(relation.id, relation.columns, qualifier, environment),
      alias?.columns ?? [],
    );
  const scan = new Scan(relation, environment.context);
  return renamed(
    {
      relations: [{ qualifier, columns: scan.columns }],
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

/** `FROM t AS u(a, b)`. */
function renamed(source: Source, names: readonly string[]): Source {
  if (names.length === 0) return source;
  const [relation] = source.relations;
  checkNames(relation!.columns.length, names);
  return {
    ...source,
    relations: [
      {
        ...relation!,
        columns: relation!.columns.map((column, i) => ({ ...column, name: names[i] ?? column.name })),
      },
    ],
  };
}

function checkNames(count: number, names: readonly string[]): void {
  if (names.length !== 0 && names.length !== count)
    throw errors.planning(
      `Source table contains ${count} columns but ${names.length} names given as column alias`,
    );
}

function derived(query: BoundQuery, qualifier: string | null, names: readonly string[]): Source {
  checkNames(query.columns.length, names);
  const columns = query.columns.map(
    (column, i): ScopeColumn => ({
      name: names[i] ?? column.name,
      type: column.type,
      nullable: column.nullable,
      id: column.id,
      ...(column.bounds === undefined ? {} : { bounds: column.bounds }),
      use() {},
    }),
  );
  return {
    relations: [{ qualifier, columns }],
    sql: `(${query.sql})`,
    node: qualifier === null ? query.node : planNode(`SubqueryAlias: ${qualifier}`, query.node),
    merged: new Map(),
    shadowed: new Set(),
    scans: [],
    joined: false,
  };
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

export function scopeOf(source: Source | undefined, environment: QueryEnvironment): Scope {
  if (source === undefined) return new Scope([], environment.outer);
  return new Scope(
    source.relations,
    environment.outer,
    source.merged as Map<string, Expression>,
    source.shadowed,
  );
}
