/** What the HTTP edge refuses before a part behind it is asked (`http-api.md` 1.6, 3 to 5; `auth.md` 3.8, 5.4). */
import { defineError } from '../error.ts';

export const routeNotFound = defineError('route_not_found', 404, 'text', () => 'Not found');
/** The recovery listener spells it small (`auth.md` 9.4). */
export const recoveryRouteNotFound = defineError('recovery_route_not_found', 404, 'text', () => 'not found');
/** What the HTTP parser does not take, and the connection ends with. */
export const malformedRequest = defineError(
  'malformed_request',
  400,
  'json',
  (detail: string) => `malformed HTTP request: ${detail}`,
);
export const headersTooLarge = defineError(
  'headers_too_large',
  431,
  'json',
  (limit: number) => `the request's headers are longer than ${limit} bytes`,
);
export const requestTimeout = defineError(
  'request_timeout',
  408,
  'json',
  () => 'the request did not come in time',
);
export const payloadTooLarge = defineError(
  'payload_too_large',
  413,
  'text',
  (limit: number) => `max request size (${limit} bytes) exceeded`,
);
export const tokensDisabled = defineError(
  'tokens_disabled',
  405,
  'text',
  () => 'endpoint disabled, started without auth',
);

export const contentType = defineError(
  'unacceptable_content_type',
  415,
  'text',
  () => 'unacceptable content-type, expected: application/json',
);
export const contentEncoding = defineError(
  'unacceptable_content_encoding',
  400,
  'text',
  (encoding: string) => `unacceptable content-encoding: ${encoding}`,
);
export const gzip = defineError(
  'invalid_gzip',
  400,
  'text',
  (detail: string) => `error decoding gzip stream: ${detail}`,
);
export const bodyRead = defineError(
  'body_read',
  400,
  'text',
  (detail: string) => `Failed to read request body: ${detail}`,
);
export const bodyNotUtf8 = defineError(
  'body_not_utf8',
  400,
  'text',
  (line: number) => `body content is not valid utf8: invalid utf-8 sequence in line ${line}`,
);
export const json = defineError(
  'invalid_json',
  400,
  'text',
  (detail: string) => `serde json error: ${detail}`,
);
export const parameters = defineError(
  'invalid_parameters',
  400,
  'text',
  (detail: string) => `serde error: ${detail}`,
);
export const missingWriteParameter = defineError(
  'missing_write_parameter',
  400,
  'text',
  () => "missing query parameter 'db'",
);
export const missingQueryParameters = defineError(
  'missing_query_parameters',
  400,
  'text',
  () => "missing query parameters 'db' and 'q'",
);
export const mimeType = defineError(
  'invalid_mime_type',
  400,
  'text',
  (mime: string) => `invalid mime type (${mime})`,
);

/** Faults of the v1 and v2 parameters, whose texts the handlers know. */
export const legacyParameters = defineError(
  'invalid_legacy_parameters',
  400,
  'json',
  (message: string) => message,
);

export const queryDatabaseNotFound = defineError(
  'query_database_not_found',
  404,
  'json',
  (name: string) => `query error: database not found: ${name}`,
);
export const queryParameterType = defineError(
  'query_parameter_type',
  400,
  'text',
  (name: string) =>
    `serde json error: the value of parameter \`${name}\` must be null, a boolean, a number or a string`,
);
export const influxqlDatabase = defineError(
  'influxql_database_missing',
  400,
  'text',
  () => "must specify a 'db' parameter, or provide the database in the InfluxQL query",
);
export const influxqlManyStatements = defineError(
  'influxql_many_statements',
  400,
  'text',
  () => 'must provide only one InfluxQl statement per query',
);
export const influxqlUnavailable = defineError(
  'influxql_unavailable',
  400,
  'text',
  () =>
    'error in InfluxQL statement: of InfluxQL only SHOW DATABASES and SHOW RETENTION POLICIES are available yet, use SQL with /api/v3/query_sql',
);
/** v1 `/query` hides the reason on purpose. */
export const unauthorizedAccess = defineError(
  'unauthorized_access',
  401,
  'json',
  () => 'unauthorized access',
);
export const queryMissing = defineError(
  'query_missing',
  400,
  'json',
  () => 'expected a query to be provided in the query string or body',
);
export const legacyQueryBody = defineError(
  'invalid_query_body',
  400,
  'json',
  (detail: string) => `error decoding query body: ${detail}`,
);
export const legacyQueryParameters = defineError(
  'invalid_query_parameters',
  400,
  'json',
  (detail: string) => `error decoding params from url: ${detail}`,
);
export const legacyMimeType = defineError(
  'invalid_query_mime_type',
  400,
  'json',
  (mime: string) => `invalid mime type (${mime})`,
);
export const multipartBoundary = defineError(
  'multipart_boundary_missing',
  400,
  'text',
  () => 'A boundary header is required for multipart upload',
);

export const databaseNameLength = defineError(
  'legacy_database_name_length',
  400,
  'json',
  (name: string) => `namespace name ${name} length must be between 1 and 64 characters`,
);
export const databaseNameLegacyCharacter = defineError(
  'legacy_database_name_character',
  400,
  'json',
  (name: string, position: number) =>
    `namespace name '${name}' contains invalid character, character number ${position} is not allowed`,
);

export const overloaded = defineError(
  'overloaded',
  429,
  'text',
  () => 'this service is overloaded, please try again later',
  { retryAfterSecs: 1 },
);
export const shuttingDown = defineError(
  'shutting_down',
  503,
  'text',
  () => 'the server is shutting down, please try again later',
  { retryAfterSecs: 1 },
);
export const notReady = defineError(
  'not_ready',
  503,
  'text',
  (faults: string) => `not ready: ${faults}; please try again later`,
);
/** The reason is in the server's log under the request id, never in the body. */
export const internal = defineError(
  'internal',
  500,
  'text',
  (requestId: string) => `internal error, the server's log has the reason under request ${requestId}`,
);
