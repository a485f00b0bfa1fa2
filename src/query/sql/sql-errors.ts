/** The planner's view of the error catalogue. */
import * as query from '../../errors/catalog/query.ts';
import { SluiceError } from '../../errors/error.ts';

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

const PLACED: ReadonlySet<string> = new Set(
  [errors.planning, errors.notImplemented, errors.schema, errors.cast].map(({ code }) => code),
);

/** The error with its place, if it may have one and has none. */
export function placed(error: unknown, place: () => Position | undefined): unknown {
  if (!(error instanceof SluiceError) || !PLACED.has(error.code)) return error;
  return error.message.includes('Line: ') ? error : error.withMore(where(place()));
}
