/** The planner's view of the error catalogue. */
import * as query from '../../errors/catalog/query.ts';
import type { Position } from './ast.ts';

export const errors = {
  planning: query.planning,
  parser: query.sqlParser,
  schema: query.schemaError,
  notImplemented: query.notImplementedSql,
  ddl: query.ddlNotSupported,
  dml: query.dmlNotSupported,
  statement: query.statementNotSupported,
  cast: query.castError,
  textTooLong: query.queryTextTooLong,
  tooComplex: query.queryTooComplex,
};

/** ` at Line: 1, Column: 8`, as the parser says it, or nothing. */
export function at(place: Position | undefined): string {
  return place === undefined ? '' : ` at Line: ${place.line}, Column: ${place.column}`;
}
