/** UNION, INTERSECT, EXCEPT: by position (UNION also BY NAME), in the common types of both sides. */
import { type AstNode, type AstValue, node, refuseOthers, text, variant } from './ast.ts';
import { cast } from './cast.ts';
import type { BoundQuery, QueryColumn, QueryEnvironment } from './environment.ts';
import { asValue, columnExpression, printValue } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { sameType } from './functions/support.ts';
import { planNode } from './plan-node.ts';
import { errors } from './sql-errors.ts';
import { unionType } from './type-rules.ts';

const OPERATIONS: Readonly<Record<string, string>> = {
  Union: 'UNION',
  Intersect: 'INTERSECT',
  Except: 'EXCEPT',
  Minus: 'EXCEPT',
};

export function bindSetOperation(
  body: AstNode,
  environment: QueryEnvironment,
  bindPart: (part: AstValue | undefined) => BoundQuery,
): BoundQuery {
  refuseOthers(body, ['op', 'set_quantifier', 'left', 'right'], 'a set operation');
  const operation = OPERATIONS[text(body.op)];
  if (operation === undefined) throw errors.notImplemented(`${text(body.op)} of queries`);
  const quantifier = text(body.set_quantifier ?? 'None');
  const byName = ['ByName', 'AllByName', 'DistinctByName'].includes(quantifier);
  if (byName ? operation !== 'UNION' : !['None', 'All', 'Distinct'].includes(quantifier))
    throw errors.notImplemented(`${operation} ${quantifier}: columns are matched by position`);
  const given = operands(body, quantifier).map(bindPart);
  const parts = byName ? matchedByName(given) : given;
  const [left, ...others] = parts as [BoundQuery, ...BoundQuery[]];
  for (const right of others)
    if (left.columns.length !== right.columns.length)
      throw errors.planning(
        `${operation} queries have different number of columns: left has ${left.columns.length} columns whereas right has ${right.columns.length} columns`,
      );
  const columns = left.columns.map((column, i): QueryColumn => {
    let type = column.type;
    for (const other of others) {
      const next = unionType(type, other.columns[i]!.type);
      if (next === undefined)
        throw errors.planning(
          `${operation} Column '${column.name}' (type: ${arrowTypeText(type)}) is not compatible with other type: ${arrowTypeText(other.columns[i]!.type)}`,
        );
      type = next;
    }
    return {
      name: column.name,
      qualifier: null,
      type,
      nullable: parts.some((part) => part.columns[i]!.nullable),
      id: environment.results ? `c${i}` : environment.context.freshId(),
    };
  });
  const side = (query: BoundQuery): string => converted(query, columns);
  const all = quantifier === 'All' || quantifier === 'AllByName';
  if (all && operation !== 'UNION')
    return asLeft(left, matched(operation, parts, columns, side, environment), environment);
  const combined = parts.map((part) => `(${side(part)})`).join(` ${operation} ${all ? 'ALL' : 'DISTINCT'} `);
  const result: BoundQuery = {
    columns,
    // In a subquery of its own, so that chains of different operations need no precedence.
    sql: `SELECT ${columns.map((column) => column.id).join(', ')} FROM (${combined})`,
    node: planNode(
      `${operation === 'UNION' ? 'Union' : operation === 'EXCEPT' ? 'Except' : 'Intersect'}${all ? ' All' : ''}`,
      ...parts.map((part) => part.node),
    ),
  };
  return operation === 'UNION' ? result : asLeft(left, result, environment);
}

/** The rows with these types and ids, by position. */
function converted(query: BoundQuery, columns: readonly QueryColumn[]): string {
  const list = query.columns.map((column, i) => {
    const bare = columnExpression({ ...column, use() {} }, column.name);
    return `${printValue(asValue(cast(bare, columns[i]!.type)))} AS ${columns[i]!.id}`;
  });
  return `SELECT ${list.join(', ')} FROM (${query.sql})`;
}

/** What INTERSECT and EXCEPT leave are rows of the left side, and have its types. */
function asLeft(left: BoundQuery, result: BoundQuery, { results, context }: QueryEnvironment): BoundQuery {
  if (left.columns.every(({ type }, i) => sameType(type, result.columns[i]!.type))) return result;
  const columns = result.columns.map(
    (column, i): QueryColumn => ({
      ...column,
      type: left.columns[i]!.type,
      id: results ? `c${i}` : context.freshId(),
    }),
  );
  return { ...result, columns, sql: converted(result, columns) };
}

/** Every side with the columns of all sides, in the order in which their names first appear; null where it has none. */
function matchedByName(parts: readonly BoundQuery[]): BoundQuery[] {
  const names = new Set<string>();
  for (const part of parts) {
    const own = part.columns.map((column) => column.name);
    const twice = own.find((name, i) => own.indexOf(name) !== i);
    if (twice !== undefined)
      throw errors.planning(
        `UNION BY NAME needs columns of different names: there are several called ${twice}`,
      );
    for (const name of own) names.add(name);
  }
  const absent = (name: string): QueryColumn => ({
    name,
    qualifier: null,
    type: { kind: 'null' },
    nullable: true,
    // Never read: nulls are cast to the column's type.
    id: 'NULL',
  });
  return parts.map((part) => ({
    ...part,
    columns: [...names].map((name) => part.columns.find((column) => column.name === name) ?? absent(name)),
  }));
}

/** `INTERSECT ALL` keeps each row that the other side has, `EXCEPT ALL` each that it has not; nulls are equal. */
function matched(
  operation: string,
  parts: readonly BoundQuery[],
  columns: readonly QueryColumn[],
  side: (query: BoundQuery) => string,
  { context }: QueryEnvironment,
): BoundQuery {
  const [left, right] = parts as [BoundQuery, BoundQuery];
  const others = columns.map(() => context.freshId());
  const renamed = columns.map((column, i) => `${column.id} AS ${others[i]}`).join(', ');
  const [a, b] = [context.freshId(), context.freshId()].map((id) => `r${id.slice(1)}`);
  const same = columns.map((column, i) => `${a}.${column.id} IS NOT DISTINCT FROM ${b}.${others[i]}`);
  const join = operation === 'INTERSECT' ? 'LEFT SEMI JOIN' : 'LEFT ANTI JOIN';
  const list = columns.map((column) => `${a}.${column.id} AS ${column.id}`).join(', ');
  return {
    columns,
    sql: `SELECT ${list} FROM (${side(left)}) AS ${a} ${join} (SELECT ${renamed} FROM (${side(right)})) AS ${b} ON ${same.join(' AND ')}`,
    node: planNode(`${operation === 'EXCEPT' ? 'Except' : 'Intersect'} All`, left.node, right.node),
  };
}

/** The sides; a chain of the same UNION is taken whole, so that it does not nest. */
function operands(body: AstNode, quantifier: string): AstValue[] {
  const right: AstValue[] = [body.right!];
  let left = body.left!;
  while (text(body.op) === 'Union') {
    const [kind, content] = variant(left);
    if (kind !== 'SetOperation') break;
    const inner = node(content);
    if (text(inner.op) !== 'Union' || text(inner.set_quantifier ?? 'None') !== quantifier) break;
    right.push(inner.right!);
    left = inner.left!;
  }
  return [left, ...right.reverse()];
}
