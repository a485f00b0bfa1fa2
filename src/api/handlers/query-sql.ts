/** `/api/v3/query_sql` (`http-api.md` 4): reads, asks the query service, streams. */
import { INTROSPECTION_RESOURCES } from '../../auth/permission.ts';
import { httpErrors } from '../../errors/index.ts';
import type { QueryRequest, QueryResult, ResultFormat } from '../../query/query.ts';
import type { Reply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { defineRoute, type Permission } from '../route.ts';
import { CONTENT_TYPES } from './query-format.ts';
import { type QueryInput, readQueryInput } from './query-input.ts';

/** Decided before existence, so that a refused caller does not learn which databases exist. */
const READ: Permission<QueryInput> = {
  kind: 'requested',
  operations: ({ database }, context) => [
    { kind: 'database', database: context.database(database ?? ''), action: 'read' },
  ],
};

const sql = (method: 'GET' | 'POST') =>
  defineRoute<QueryInput>({
    method,
    path: '/api/v3/query_sql',
    permission: READ,
    parse: (context) => readQueryInput(context, true),
    handle: runSql,
  });

export const querySqlGet = sql('GET');
export const querySqlPost = sql('POST');

async function runSql(input: QueryInput, context: RequestContext): Promise<Reply> {
  const { dependencies } = context;
  const release = await admit(context);
  const startedMs = dependencies.clock.monotonicMs();
  const done = (outcome: 'ok' | 'error') => {
    release();
    dependencies.metrics.query('sql', outcome, (dependencies.clock.monotonicMs() - startedMs) / 1000);
  };
  try {
    const result = await dependencies.queries.run(queryRequest(input, context));
    return await streamReply(result, input.format, done);
  } catch (error) {
    done('error');
    throw error;
  }
}

/** Waits for a place among all queries, then counts against the token's own limit. */
async function admit(context: RequestContext): Promise<() => void> {
  const releaseToken = context.budget?.startQuery();
  try {
    const releaseServer = await context.gate.enter(context.signal);
    return () => {
      releaseServer();
      releaseToken?.();
    };
  } catch (error) {
    releaseToken?.();
    throw error;
  }
}

function queryRequest(input: QueryInput, context: RequestContext): QueryRequest {
  const { catalog, authorizer } = context.dependencies;
  const { principal } = context;
  const name = input.database ?? '';
  const database = catalog.database(name);
  if (database === undefined) throw httpErrors.queryDatabaseNotFound(name);
  const isAllowed = (operation: Parameters<typeof authorizer.authorize>[1]) =>
    authorizer.authorize(principal, operation).allowed;
  return {
    database,
    language: 'sql',
    text: input.text,
    parameters: input.parameters,
    scope: authorizer.databaseScope(principal, database, 'read'),
    admin: isAllowed({ kind: 'admin' }),
    systemTables: new Set(
      INTROSPECTION_RESOURCES.filter((resource) => isAllowed({ kind: 'system', resource })),
    ),
    principal: context.token,
    limits: context.budget?.queryLimits() ?? {},
    signal: context.signal,
  };
}

/** Waits for the first bytes: until they are there a failure can still be a status. */
async function streamReply(
  result: QueryResult,
  format: ResultFormat,
  done: (outcome: 'ok' | 'error') => void,
): Promise<Reply> {
  const iterator = result.encode(format)[Symbol.asyncIterator]();
  const first = await iterator.next();
  const headers = { 'content-type': CONTENT_TYPES[format] };
  if (first.done === true) {
    done('ok');
    return { status: 200, headers, body: '' };
  }
  return { status: 200, headers, body: rest(first.value, iterator, done) };
}

async function* rest(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
  done: (outcome: 'ok' | 'error') => void,
): AsyncGenerator<Uint8Array> {
  let outcome: 'ok' | 'error' = 'error';
  try {
    yield first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    outcome = 'ok';
  } finally {
    // Leaving early (the client went away) ends the engine's query too.
    await iterator.return?.();
    done(outcome);
  }
}
