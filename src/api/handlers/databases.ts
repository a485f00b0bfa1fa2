/** Databases and their retention (`http-api.md` 7). */
import { parseHardDelete } from '../../catalog/hard-delete-time.ts';
import type { DatabaseRecord } from '../../catalog/records.ts';
import { parseRetention } from '../../catalog/retention-grammar.ts';
import { catalogErrors } from '../../errors/index.ts';
import type { ResultFormat } from '../../query/query.ts';
import type { JsonStruct } from '../json-body.ts';
import { readJsonStruct } from '../read-json-struct.ts';
import { NO_CONTENT, OK } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { ADMIN, defineRoute, LIST_DATABASES, type Permission } from '../route.ts';
import { type ListingColumn, listingReply, visibleDatabases } from './listing.ts';
import { chooseFormat, FORMATS } from './query-format.ts';

const DATABASE = '/api/v3/configure/database';
const RETENTION = '/api/v3/configure/database/retention_period';

export const listDatabases = defineRoute<{ format: ResultFormat; showDeleted: boolean }>({
  method: 'GET',
  path: DATABASE,
  permission: LIST_DATABASES,
  parse: ({ parameters, request }) => {
    parameters.required('format');
    const format = chooseFormat(parameters.choice('format', FORMATS), request.headers.accept);
    return { format, showDeleted: parameters.boolean('show_deleted', false) };
  },
  handle: ({ format, showDeleted }, context) => {
    const databases = visibleDatabases(context).filter(
      ({ deletedAtMs }) => showDeleted || deletedAtMs === null,
    );
    const columns: ListingColumn[] = [{ name: 'iox::database', strings: databases.map(({ name }) => name) }];
    if (showDeleted) {
      columns.push({ name: 'deleted', booleans: databases.map(({ deletedAtMs }) => deletedAtMs !== null) });
    }
    return listingReply(columns, format);
  },
});

interface DatabaseBody {
  readonly name: string;
  /** undefined = not given. */
  readonly retentionNs: bigint | null | undefined;
}

async function readDatabaseBody(context: RequestContext): Promise<DatabaseBody> {
  const body = await readJsonStruct(context, 'CreateDatabaseRequest');
  return { name: body.string('db'), retentionNs: readRetention(body) };
}

/** Absent: undefined; `null` and `none`: null, which is infinite. */
export function readRetention(body: JsonStruct): bigint | null | undefined {
  if (!body.has('retention_period')) return undefined;
  const text = body.optionalString('retention_period');
  return text === undefined ? null : parseRetention(text);
}

const CREATE: Permission<DatabaseBody> = {
  kind: 'requested',
  operations: ({ name }) => [{ kind: 'database', database: { name, id: null }, action: 'create' }],
};

export const createDatabase = defineRoute<DatabaseBody>({
  method: 'POST',
  path: DATABASE,
  permission: CREATE,
  parse: readDatabaseBody,
  handle: async ({ name, retentionNs }, context) => {
    await context
      .change('database.create', `db:${name}`, detail(retentionNs))
      .createDatabase(name, retentionNs === undefined ? {} : { retentionNs });
    return OK;
  },
});

export const updateDatabase = defineRoute<DatabaseBody>({
  method: 'PUT',
  path: DATABASE,
  permission: ADMIN,
  parse: readDatabaseBody,
  handle: async ({ name, retentionNs }, context) => {
    await setRetention(context, name, retentionNs ?? null);
    return OK;
  },
});

export const deleteDatabase = defineRoute<{ name: string; data: boolean; tables: boolean }>({
  method: 'DELETE',
  path: DATABASE,
  permission: ADMIN,
  parse: ({ parameters }) => ({
    name: parameters.required('db'),
    data: parameters.boolean('data_only', false),
    tables: parameters.boolean('remove_tables', false),
  }),
  handle: async ({ name, data, tables }, context) => {
    const database = findDatabase(context, name);
    if (data || tables) {
      const writer = context.change('database.clear', `db:${name}`, { remove_tables: tables });
      await writer.clearDatabase(database.id, { removeTables: tables });
      return OK;
    }
    const when = parseHardDelete(
      context.parameters.optional('hard_delete_at'),
      context.dependencies.clock.nowMs(),
    );
    await context.change('database.delete', `db:${name}`).deleteDatabase(database.id, when);
    await removeDue(context);
    return OK;
  },
});

export const setDatabaseRetention = defineRoute<{ name: string; retentionNs: bigint | null }>({
  method: 'POST',
  path: RETENTION,
  permission: ADMIN,
  parse: ({ parameters }) => ({
    name: parameters.required('db'),
    retentionNs: parseRetention(parameters.required('duration')),
  }),
  handle: async ({ name, retentionNs }, context) => {
    await setRetention(context, name, retentionNs);
    return NO_CONTENT;
  },
});

export const clearDatabaseRetention = defineRoute<{ name: string }>({
  method: 'DELETE',
  path: RETENTION,
  permission: ADMIN,
  parse: ({ parameters }) => ({ name: parameters.required('db') }),
  handle: async ({ name }, context) => {
    await setRetention(context, name, null);
    return NO_CONTENT;
  },
});

async function setRetention(
  context: RequestContext,
  name: string,
  retentionNs: bigint | null,
): Promise<void> {
  const database = findDatabase(context, name);
  await context
    .change('database.update', `db:${name}`, detail(retentionNs))
    .setDatabaseRetention(database.id, retentionNs);
}

/** By its current name, deleted ones included; 404 where there is none. */
export function findDatabase(context: RequestContext, name: string): DatabaseRecord {
  const database = context.dependencies.catalog.database(name);
  if (database === undefined) throw catalogErrors.notFound(name);
  return database;
}

/** `hard_delete_at=now` means now, not at the next run of the timer. */
export function removeDue(context: RequestContext): Promise<void> {
  return context.dependencies.catalog.removeDue(context.dependencies.clock.nowMs());
}

function detail(retentionNs: bigint | null | undefined): object | null {
  return retentionNs === undefined
    ? null
    : { retention_ns: retentionNs === null ? null : String(retentionNs) };
}
