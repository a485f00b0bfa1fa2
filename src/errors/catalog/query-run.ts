/** What can go wrong once a statement is planned (`http-api.md` 1.6): nothing here names engine internals. */
import { defineError } from '../error.ts';

/** `detail` is DataFusion-like text, for example `Arrow error: Divide by zero error`. */
export const queryExecution = defineError(
  'query_execution',
  500,
  'text',
  (detail: string) => `query error: error while executing plan: ${detail}`,
);
export const queryMemory = defineError(
  'query_memory',
  500,
  'text',
  () =>
    'query error: error while executing plan: Resources exhausted: the query needs more memory than a query may use; narrow its time range or add a LIMIT',
);
export const queryTimeout = defineError(
  'query_timeout',
  503,
  'text',
  () =>
    'query error: the query took longer than a query may take and was stopped; narrow its time range and try again',
);
export const queryResultRows = defineError(
  'query_result_rows',
  413,
  'text',
  () => 'query error: the result has more rows than a result may have; add a LIMIT or narrow the query',
);
/** A limit of the token (`beyond.md` B9) was hit; `field` is its name. */
export const tokenQueryLimit = defineError(
  'token_query_limit',
  429,
  'text',
  (field: 'query_seconds' | 'query_result_rows', limit: number) =>
    `query error: the token's limit was hit: ${field} = ${limit}; narrow the query`,
  { retryAfterSecs: 1 },
);
export const queryCancelled = defineError(
  'query_cancelled',
  499,
  'text',
  () => 'query error: the query was cancelled',
);
export const queryOverloaded = defineError(
  'query_overloaded',
  429,
  'text',
  () => 'this service is overloaded, please try again later',
  { retryAfterSecs: 1 },
);
export const queryInternal = defineError(
  'query_internal',
  500,
  'text',
  () =>
    'query error: error while executing plan: Internal error: the engine could not run the query; the server log has the details',
);
export const prettyTooLarge = defineError(
  'pretty_too_large',
  413,
  'text',
  (limitBytes: number) =>
    `the result is larger than the ${limitBytes} bytes that the pretty format may hold; add a LIMIT, or ask for csv or jsonl, which are streamed`,
);
export const influxqlUnsupported = defineError(
  'influxql_unsupported',
  405,
  'text',
  () =>
    'This feature is not implemented: InfluxQL statements other than SHOW DATABASES and SHOW RETENTION POLICIES; use SQL at /api/v3/query_sql',
);
