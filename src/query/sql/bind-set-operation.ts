/** UNION, INTERSECT, EXCEPT: by position, in the common types of both sides. */
import { type AstNode, type AstValue, refuseOthers, text } from './ast.ts';
import { cast } from './cast.ts';
import type { BoundQuery, QueryColumn, QueryEnvironment } from './environment.ts';
import { asValue, columnExpression, printValue } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
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
  if (!['None', 'All', 'Distinct'].includes(quantifier))
    throw errors.notImplemented(`${operation} ${quantifier}: columns are matched by position`);
  const left = bindPart(body.left);
  const right = bindPart(body.right);
  if (left.columns.length !== right.columns.length)
    throw errors.planning(
      `${operation} queries have different number of columns: left has ${left.columns.length} columns whereas right has ${right.columns.length} columns`,
    );
  const columns = left.columns.map((column, i): QueryColumn => {
    const other = right.columns[i]!;
    const type = unionType(column.type, other.type);
    if (type === undefined)
      throw errors.planning(
        `${operation} Column '${column.name}' (type: ${arrowTypeText(column.type)}) is not compatible with other type: ${arrowTypeText(other.type)}`,
      );
    return {
      name: column.name,
      qualifier: null,
      type,
      nullable: column.nullable || other.nullable,
      id: environment.results ? `c${i}` : environment.context.freshId(),
    };
  });
  const side = (query: BoundQuery): string => {
    const list = query.columns.map((column, i) => {
      const bare = columnExpression({ ...column, use() {} }, column.name);
      return `${printValue(asValue(cast(bare, columns[i]!.type)))} AS ${columns[i]!.id}`;
    });
    return `SELECT ${list.join(', ')} FROM (${query.sql})`;
  };
  const all = quantifier === 'All';
  const combined = `(${side(left)}) ${operation} ${all ? 'ALL' : 'DISTINCT'} (${side(right)})`;
  return {
    columns,
    // In a subquery of its own, so that chains of different operations need no precedence.
    sql: `SELECT ${columns.map((column) => column.id).join(', ')} FROM (${combined})`,
    node: planNode(
      `${operation === 'UNION' ? 'Union' : operation === 'EXCEPT' ? 'Except' : 'Intersect'}${all ? ' All' : ''}`,
      left.node,
      right.node,
    ),
  };
}
