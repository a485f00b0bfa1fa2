/** The planner's view of the error catalogue. */
import * as query from '../../errors/catalog/query.ts';

/** Where something stands in the statement's text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

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

/** ` (at Line: 1, Column: 8)` for the end of a message, or nothing. */
export function where(place: Position | undefined): string {
  return place === undefined ? '' : ` (${at(place).trim()})`;
}
