/** The select list: wildcards expanded, names given, no name twice. */
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
import { namedField } from './bind-access.ts';
import { callParts } from './call-parts.ts';
import type { Environment } from './environment.ts';
import { columnExpression, type Expression } from './expression.ts';
import type { ScopeRelation } from './scope.ts';
import type { Source } from './source.ts';
import { errors, where } from './sql-errors.ts';

export interface Projection {
  readonly expression: Expression;
  readonly alias: string | null;
  /** Of the output column. */
  readonly name: string;
  readonly qualifier: string | null;
}

export function bindProjection(
  items: readonly AstValue[],
  source: Source | undefined,
  environment: Environment,
): Projection[] {
  const projection = items.flatMap((item) => bindItem(item, source, environment));
  if (projection.length === 0) throw errors.planning('The select list is empty');
  checkUnique(projection);
  return projection;
}

function bindItem(item: AstValue, source: Source | undefined, environment: Environment): Projection[] {
  const [kind, content] = variant(item);
  switch (kind) {
    case 'UnnamedExpr':
      return (
        unnestedStruct(content, environment) ?? [unnamed(environment.binder.expression(content, environment))]
      );
    case 'ExprWithAlias': {
      const body = node(content);
      const alias = identifier(body.alias);
      return [
        {
          expression: environment.binder.expression(body.expr, environment),
          alias,
          name: alias,
          qualifier: null,
        },
      ];
    }
    case 'Wildcard':
      if (source === undefined) throw errors.planning('SELECT * with no tables specified is not valid');
      return expand(source.relations, source, node(content), environment);
    case 'QualifiedWildcard': {
      const [name, options] = list(content);
      const [form, path] = variant(name);
      if (form !== 'ObjectName') throw errors.notImplemented('this form of a wildcard');
      const qualifier = objectName(path).pop()!;
      const relations = source?.relations.filter((relation) => relation.qualifier === qualifier) ?? [];
      if (relations.length === 0)
        throw errors.planning(`Invalid qualifier ${qualifier}${where(position(path))}`);
      return expand(relations, { shadowed: new Set(), merged: new Map() }, node(options), environment);
    }
  }
  throw errors.notImplemented(`${kind} in a select list`);
}

/** `unnest(struct)` is a column for each field. */
function unnestedStruct(value: AstValue, environment: Environment): Projection[] | undefined {
  const [kind, content] = variant(value);
  if (kind !== 'Function') return undefined;
  const { name, args } = callParts(node(content));
  if (name !== 'unnest' || args.length !== 1) return undefined;
  const owner = environment.binder.expression(args[0], environment);
  if (owner.type.kind !== 'struct') return undefined;
  return owner.type.fields.map((field) => {
    const name = `__unnest_placeholder(${owner.name}).${field.name}`;
    return { expression: { ...namedField(owner, field.name), name }, alias: null, name, qualifier: null };
  });
}

function unnamed(expression: Expression): Projection {
  const { column } = expression;
  // A cast of a column is called by its whole name, even where it changes nothing.
  if (column === undefined || expression.display !== undefined)
    return { expression, alias: null, name: expression.name, qualifier: null };
  const dot = expression.name.length - column.name.length - 1;
  return {
    expression,
    alias: null,
    name: column.name,
    qualifier: dot > 0 ? expression.name.slice(0, dot) : null,
  };
}

function expand(
  relations: readonly ScopeRelation[],
  source: Pick<Source, 'shadowed' | 'merged'>,
  options: AstNode,
  environment: Environment,
): Projection[] {
  refuseOthers(options, ['opt_except', 'opt_exclude', 'opt_replace'], 'a wildcard');
  const names = [...excluded(options.opt_except), ...excluded(options.opt_exclude)];
  const left = new Set(names);
  if (left.size < names.length) throw errors.planning('EXCLUDE or EXCEPT contains duplicate column names');
  const replaced = replacements(options.opt_replace, environment);
  const all = relations.flatMap((relation) =>
    relation.columns
      .filter((column) => !source.shadowed.has(column.id))
      .map((column): Projection => {
        const { qualifier } = relation;
        const own = columnExpression(
          column,
          qualifier === null ? column.name : `${qualifier}.${column.name}`,
        );
        const merged = source.merged.get(column.name);
        const expression = merged?.standsFor?.includes(column.id) ? merged : own;
        return { expression, alias: null, name: column.name, qualifier };
      }),
  );
  for (const name of [...left, ...replaced.keys()])
    if (!all.some((item) => item.name === name))
      throw errors.schema(
        `No field named ${name}. The wildcard gives ${all.map((item) => item.name).join(', ')}.`,
      );
  return all
    .filter((item) => !left.has(item.name))
    .map((item) => {
      const expression = replaced.get(item.name);
      return expression === undefined
        ? item
        : { expression, alias: item.name, name: item.name, qualifier: null };
    });
}

/** `EXCEPT (a, b)`, `EXCLUDE a`, `EXCLUDE (a, b)`. */
function excluded(value: AstValue | undefined): string[] {
  if (value === null || value === undefined) return [];
  const body = node(value);
  if (body.first_element !== undefined)
    return [identifier(body.first_element), ...list(body.additional_elements).map(identifier)];
  const [form, content] = variant(value);
  const names = form === 'Single' ? [content] : form === 'Multiple' ? list(content) : undefined;
  if (names === undefined) throw errors.notImplemented(`EXCLUDE with ${form}`);
  return names.map((name) => (Array.isArray(name) ? objectName(name).join('.') : identifier(name)));
}

function replacements(value: AstValue | undefined, environment: Environment): Map<string, Expression> {
  const found = new Map<string, Expression>();
  if (value === null || value === undefined) return found;
  for (const item of list(node(value).items)) {
    const body = node(item);
    found.set(identifier(body.column_name), environment.binder.expression(body.expr, environment));
  }
  return found;
}

function checkUnique(projection: readonly Projection[]): void {
  const seen = new Map<string, number>();
  const shown = (item: Projection): string =>
    item.alias === null ? item.expression.name : `${item.expression.name} AS ${item.alias}`;
  projection.forEach((item, i) => {
    const name = item.alias ?? item.expression.name;
    const first = seen.get(name);
    if (first !== undefined)
      throw errors.planning(
        `Projections require unique expression names but the expression "${shown(projection[first]!)}" at position ${first} and "${shown(item)}" at position ${i} have the same name. Consider aliasing ("AS") one of them.`,
      );
    seen.set(name, i);
  });
  const bare = new Set(projection.filter((item) => item.qualifier === null).map((item) => item.name));
  for (const { qualifier, name } of projection)
    if (qualifier !== null && bare.has(name))
      throw errors.schema(
        `Ambiguous reference to unqualified field ${name}: it is both ${qualifier}.${name} and an alias`,
      );
}
