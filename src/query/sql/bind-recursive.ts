/** WITH RECURSIVE. */
import type { AstNode, AstValue } from './ast.ts';
import type { Binder, BoundQuery, CommonTable, QueryEnvironment } from './environment.ts';

type BindBody = (
  kind: string,
  content: AstValue,
  environment: QueryEnvironment,
  binder: Binder,
) => BoundQuery;

export function recursiveTable(
  _name: string,
  _columnNames: readonly string[],
  _query: AstNode,
  _environment: QueryEnvironment,
  _binder: Binder,
  _bindBody: BindBody,
): CommonTable | undefined {
  return undefined;
}
