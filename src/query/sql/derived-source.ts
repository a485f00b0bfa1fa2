/** Queries and tables under the names that FROM gives them. */
import { type AstValue, identifier, list, node, refuseOthers } from './ast.ts';
import type { BoundQuery, QueryColumn, QueryEnvironment } from './environment.ts';
import type { Expression } from './expression.ts';
import { planNode } from './plan-node.ts';
import { Scope, type ScopeRelation } from './scope.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';
import { errors } from './sql-errors.ts';

export interface Alias {
  readonly name: string;
  readonly columns: readonly string[];
}

export function aliasOf(value: AstValue | undefined): Alias | null {
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

/** `FROM t AS u(a, b)`. */
export function renamed(source: Source, names: readonly string[]): Source {
  if (names.length === 0) return source;
  const [relation] = source.relations;
  checkNames(relation!.columns.length, names);
  return {
    ...source,
    relations: [
      {
        qualifier: relation!.qualifier,
        columns: relation!.columns.map((column, i) => ({ ...column, name: names[i] ?? column.name })),
      },
    ],
  };
}

export function checkNames(count: number, names: readonly string[]): void {
  if (names.length !== 0 && names.length !== count)
    throw errors.planning(
      `Source table contains ${count} columns but only ${names.length} names given as column alias`,
    );
}

export function derived(query: BoundQuery, qualifier: string | null, names: readonly string[]): Source {
  checkNames(query.columns.length, names);
  const columns = query.columns.map((column, i): ScopeColumn & Pick<QueryColumn, 'qualifier'> => ({
    // Without a name of its own its columns keep the qualifiers that they had.
    qualifier: qualifier ?? (names.length === 0 ? column.qualifier : null),
    name: names[i] ?? column.name,
    type: column.type,
    nullable: column.nullable,
    id: column.id,
    ...(column.bounds === undefined ? {} : { bounds: column.bounds }),
    use() {},
  }));
  return {
    relations: relationsOf(columns),
    sql: `(${query.sql})`,
    node: qualifier === null ? query.node : planNode(`SubqueryAlias: ${qualifier}`, query.node),
    merged: new Map(),
    shadowed: new Set(),
    scans: [],
    joined: false,
    ...(query.lifted !== undefined && { lifted: query.lifted }),
  };
}

/** Columns as relations: neighbours of one qualifier together. */
function relationsOf(columns: readonly (ScopeColumn & Pick<QueryColumn, 'qualifier'>)[]): ScopeRelation[] {
  const relations: { qualifier: string | null; columns: ScopeColumn[] }[] = [];
  for (const { qualifier, ...column } of columns) {
    const last = relations.at(-1);
    if (last !== undefined && last.qualifier === qualifier) last.columns.push(column);
    else relations.push({ qualifier, columns: [column] });
  }
  return relations.length === 0 ? [{ qualifier: null, columns: [] }] : relations;
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
