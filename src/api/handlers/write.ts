/** The three write endpoints (`http-api.md` 3): parameters differ, what happens then does not. */
import type { Operation } from '../../auth/operation.ts';
import type { DatabaseRecord } from '../../catalog/records.ts';
import { authErrors, catalogErrors, ingestErrors, SluiceError } from '../../errors/index.ts';
import type { LineError } from '../../ingest/ingest.ts';
import { isBlank } from '../../ingest/lineprotocol/blank.ts';
import { BytePool } from '../../platform/byte-pool.ts';
import { turns } from '../../platform/turns.ts';
import { requireAllowed } from '../authorize.ts';
import { readBody, requireUtf8 } from '../body.ts';
import { BodyRoom } from '../body-room.ts';
import { NO_CONTENT, type Reply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { defineRoute, type Permission } from '../route.ts';
import { v1Parameters, v2Parameters, v3Parameters, type WriteParameters } from './write-parameters.ts';

/** A database that is not there is created by the write, which needs `create` beside `write` (`auth.md` 7.1). */
const WRITE: Permission<WriteParameters> = {
  kind: 'requested',
  operations: ({ database: name }, context) => {
    const database = context.database(name);
    const write: Operation = { kind: 'database', database, action: 'write' };
    return database.id === null ? [write, { kind: 'database', database, action: 'create' }] : [write];
  },
};

/** What large bodies are read into, again and again. */
const BODIES = new BytePool(32 * 2 ** 20);
const ROOM = new BodyRoom(64 * 2 ** 20, 5000);

export const writeV3 = defineRoute({
  method: 'POST',
  path: '/api/v3/write_lp',
  permission: WRITE,
  parse: v3Parameters,
  handle: write,
});

export const writeV2 = defineRoute({
  method: 'POST',
  path: '/api/v2/write',
  permission: WRITE,
  parse: v2Parameters,
  handle: write,
  renderError: renderV2,
});

export const writeV1 = defineRoute({
  method: 'POST',
  path: '/write',
  permission: WRITE,
  parse: v1Parameters,
  handle: write,
});

/** Who sends what cannot be stored is in the log: the sender's own log is seldom read. */
async function write(parameters: WriteParameters, context: RequestContext): Promise<Reply> {
  try {
    return await writeLines(parameters, context);
  } catch (error) {
    const { requestId, client, dependencies } = context;
    const code = error instanceof SluiceError ? error.code : 'internal';
    const fields = { request_id: requestId, database: parameters.database, client, code };
    dependencies.logger.info(fields, 'a write was rejected, wholly or in part');
    throw error;
  }
}

async function writeLines(parameters: WriteParameters, context: RequestContext): Promise<Reply> {
  const { maxRequestBytes } = context.dependencies.options;
  return ROOM.with(context.request, maxRequestBytes, async () => {
    const body = await readBody(context.request, maxRequestBytes, BODIES);
    try {
      return await writeBody(parameters, context, body);
    } finally {
      BODIES.give(body);
    }
  });
}

async function writeBody(
  parameters: WriteParameters,
  context: RequestContext,
  body: Uint8Array,
): Promise<Reply> {
  const { dependencies } = context;
  requireUtf8(body);
  context.budget?.spendWriteBytes(body.byteLength);
  const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (await isBlank(lines, turns)) throw ingestErrors.emptyWrite();
  const database = await findOrCreate(parameters.database, context);
  const scope = dependencies.authorizer.databaseScope(context.principal, database, 'write');
  const result = await dependencies.ingest.write({
    database,
    body,
    precision: parameters.precision,
    acceptPartial: parameters.acceptPartial,
    noSync: parameters.noSync,
    author: context.changeContext('table.extend', `db:${database.name}`, { by: 'write' }),
    allowTable: scope.unrestricted ? null : (table) => scope.table(table).kind === 'all',
  });
  dependencies.metrics.write(database.name, result.linesWritten, result.linesRejected, result.bytes);
  if (result.errors.length > 0) throw ingestErrors.partialWriteError(result.errors);
  return NO_CONTENT;
}

async function findOrCreate(name: string, context: RequestContext): Promise<DatabaseRecord> {
  const { catalog } = context.dependencies;
  const known = catalog.database(name);
  if (known !== undefined) {
    // It may have been created since the permission was decided, when its id was not known.
    requireAllowed(context, { kind: 'database', database: known, action: 'write' });
    return known;
  }
  try {
    return await context.change('database.create', `db:${name}`, { by: 'write' }).createDatabase(name);
  } catch (error) {
    // Another write was faster.
    const other = catalog.database(name);
    const isRace = error instanceof SluiceError && error.code === catalogErrors.alreadyExists.code;
    if (isRace && other !== undefined) return findOrCreate(name, context);
    throw error;
  }
}

const V2_CODES: ReadonlyMap<number, string> = new Map([
  [400, 'invalid'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not found'],
  [413, 'request too large'],
  [422, 'unprocessable entity'],
  [429, 'too many requests'],
  [503, 'unavailable'],
]);

function renderV2(error: SluiceError): Reply {
  const code = V2_CODES.get(error.status) ?? 'internal error';
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'sluice-error-code': error.code,
      ...(error.retryAfterSecs === undefined ? {} : { 'retry-after': String(error.retryAfterSecs) }),
    },
    body: JSON.stringify({ code, message: v2Message(error) }),
  };
}

function v2Message(error: SluiceError): string {
  if (error.code === authErrors.forbidden.code) return `Authorization error: ${error.message}`;
  const line = error.data as Partial<LineError> | undefined;
  if (line?.error_message !== undefined) {
    return `write buffer error: line protocol parse failed: ${line.error_message}`;
  }
  return error.message;
}
