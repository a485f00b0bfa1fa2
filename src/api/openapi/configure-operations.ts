/** Databases, tables, caches and the server itself (`http-api.md` 6 to 9). */
import {
  boolean,
  integer,
  type JsonSchema,
  json,
  list,
  nullable,
  type OperationDescription,
  object,
  oneOf,
  path,
  query,
  string,
  text,
} from './schema.ts';

const done = (
  tag: string,
  summary: string,
  rest: Partial<OperationDescription> = {},
): OperationDescription => ({
  tag,
  summary,
  status: 200,
  ...rest,
});
const db = query('db', 'The database');
const table = query('table', 'The table');
const hardDeleteAt = query('hard_delete_at?', '`never`, `now`, `default` or an RFC 3339 time');
const duration = query('duration', 'The period, for example `30d`');
const retention: Record<string, JsonSchema> = { 'retention_period?': nullable(string) };
const databaseBody = json(object({ db: string, ...retention }));

const cacheReply = { status: 201, reply: json({ type: 'object' }) };
const cacheName = { db: string, table: string, 'name?': string };
const deleteCache = (kind: string) =>
  done('caches', `Delete a ${kind} cache`, {
    parameters: [db, table, query('name', 'The cache')].map((parameter) => ({
      ...parameter,
      required: false,
    })),
    body: json(object({ db: string, table: string, name: string })),
  });

const health = done('server', 'Whether the server is well', { reply: text() });
const ping = done('server', 'Version and identity of the server', {
  reply: json(object({ version: string, revision: string, process_id: string })),
});

export const configureOperations: Readonly<Record<string, OperationDescription>> = {
  'GET /api/v3/configure/database': done('databases', 'List the databases that the token may see', {
    parameters: [
      query(
        'format',
        'How the list is rendered',
        oneOf('json', 'jsonl', 'json_lines', 'csv', 'pretty', 'parquet'),
      ),
      query('show_deleted?', 'Deleted ones too', boolean),
    ],
    reply: json(list({ type: 'object' })),
  }),
  'POST /api/v3/configure/database': done('databases', 'Create a database', { body: databaseBody }),
  'PUT /api/v3/configure/database': done('databases', 'Set the retention period of a database', {
    body: databaseBody,
  }),
  'DELETE /api/v3/configure/database': done('databases', 'Delete a database, or only its data', {
    parameters: [
      db,
      hardDeleteAt,
      query('data_only?', 'Keep the database and its tables', boolean),
      query('remove_tables?', 'Keep the database only', boolean),
    ],
  }),
  'POST /api/v3/configure/database/retention_period': done('databases', 'Set the retention period', {
    parameters: [db, duration],
    status: 204,
  }),
  'DELETE /api/v3/configure/database/retention_period': done('databases', 'Keep the data for ever', {
    parameters: [db],
    status: 204,
  }),
  'POST /api/v3/configure/table': done('tables', 'Create a table', {
    body: json(
      object({
        db: string,
        table: string,
        tags: list(string),
        fields: list(object({ name: string, type: oneOf('utf8', 'int64', 'uint64', 'float64', 'bool') })),
        ...retention,
      }),
    ),
  }),
  'PUT /api/v3/configure/table': done('tables', 'Set the retention period of a table', {
    body: json(object({ db: string, table: string, ...retention })),
  }),
  'DELETE /api/v3/configure/table': done('tables', 'Delete a table, or only its data', {
    parameters: [db, table, hardDeleteAt, query('data_only?', 'Keep the table', boolean)],
  }),
  'POST /api/v3/enterprise/configure/table/retention_period': done('tables', 'Set the retention period', {
    parameters: [db, table, duration],
    status: 204,
  }),
  'DELETE /api/v3/enterprise/configure/table/retention_period': done(
    'tables',
    "Go back to the database's retention period",
    { parameters: [db, table], status: 204 },
  ),
  'POST /api/v3/row_delete_requests': done('rows', 'Ask for rows to be deleted', {
    body: json(
      object({
        db: string,
        table: string,
        'min_time?': nullable(string),
        'max_time?': nullable(string),
        'delete_predicate?': nullable(string),
        'all_time?': boolean,
      }),
    ),
    reply: json({ type: 'object' }),
  }),
  'GET /api/v3/row_delete_requests': done(
    'rows',
    'List the requests on databases that the token may see: all that are pending, and of those that have ended the newest 1000 of each database (10 000 in all)',
    {
      parameters: [
        query('db?', 'The database'),
        query('table?', 'The table'),
        query('disposition?', 'How far it is', oneOf('pending', 'completed', 'aborted')),
        query('min_sequence?', 'The first', integer),
        query('max_sequence?', 'The last', integer),
      ],
      reply: json(list({ type: 'object' })),
    },
  ),
  'POST /api/v3/row_delete_requests/{sequence}/abort': done('rows', 'Take a pending request back', {
    parameters: [path('sequence', 'Number of the request', integer)],
    body: json(object({ 'reason?': nullable(string) })),
    reply: json({ type: 'object' }),
  }),
  'POST /api/v3/configure/last_cache': done('caches', 'Create a last value cache', {
    body: json(
      object({
        ...cacheName,
        'key_columns?': list(string),
        'value_columns?': list(string),
        'count?': integer,
        'ttl?': integer,
      }),
    ),
    ...cacheReply,
  }),
  'DELETE /api/v3/configure/last_cache': deleteCache('last value'),
  'POST /api/v3/configure/distinct_cache': done('caches', 'Create a distinct value cache', {
    body: json(
      object({ ...cacheName, columns: list(string), 'max_cardinality?': integer, 'max_age?': integer }),
    ),
    ...cacheReply,
  }),
  'DELETE /api/v3/configure/distinct_cache': deleteCache('distinct value'),
  'GET /health': health,
  'GET /api/v1/health': health,
  'GET /ready': done('server', 'Whether data can be written and read', { reply: text() }),
  'GET /ping': ping,
  'POST /ping': ping,
  'GET /metrics': done('server', 'Metrics in the text format of Prometheus', { reply: text() }),
  'GET /api/v3/openapi.json': done('server', 'This document', { reply: json({ type: 'object' }) }),
};
