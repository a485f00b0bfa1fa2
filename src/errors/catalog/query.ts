import { defineError } from '../error.ts';

/** `message` is the DataFusion-like text after the prefix. */
export const planning = defineError(
  'query_planning',
  400,
  'text',
  (message: string) => `Error during planning: ${message}`,
);

/** `message` is the parser's own, with its position. */
export const sqlParser = defineError(
  'sql_parser',
  400,
  'text',
  (message: string) => `SQL error: ParserError(${JSON.stringify(message)})`,
);

export const schemaError = defineError(
  'sql_schema',
  400,
  'text',
  (message: string) => `Schema error: ${message}`,
);

export const notImplementedSql = defineError(
  'sql_not_supported',
  405,
  'text',
  (what: string) => `This feature is not implemented: ${what}`,
);

export const ddlNotSupported = defineError(
  'sql_ddl_not_supported',
  400,
  'text',
  (operation: string) => `Error during planning: DDL not supported: ${operation}`,
);

export const dmlNotSupported = defineError(
  'sql_dml_not_supported',
  400,
  'text',
  (operation: string) => `Error during planning: DML not supported: ${operation}`,
);

export const statementNotSupported = defineError(
  'sql_statement_not_supported',
  400,
  'text',
  (operation: string) => `Error during planning: Statement not supported: ${operation}`,
);

export const castError = defineError(
  'sql_cast',
  400,
  'text',
  (message: string) => `Arrow error: Cast error: ${message}`,
);

export const queryTextTooLong = defineError(
  'sql_text_too_long',
  400,
  'text',
  (bytes: number, limit: number) =>
    `Error during planning: the query text is ${bytes} bytes long, the limit is ${limit}; split the query or use parameters`,
);

export const queryTooComplex = defineError(
  'sql_too_complex',
  400,
  'text',
  (limit: string) => `Error during planning: the query is too complex: ${limit}; simplify or split it`,
);
