/** Last-value and distinct-value caches: their definitions (`http-api.md` 9). */
import type {
  ColumnRecord,
  DistinctCacheRecord,
  LastCacheRecord,
  TableRecord,
} from '../../catalog/records.ts';
import { catalogErrors, httpErrors } from '../../errors/index.ts';
import { isJson } from '../body.ts';
import type { JsonStruct } from '../json-body.ts';
import { readJsonStruct } from '../read-json-struct.ts';
import { jsonReply, OK, type Reply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { ADMIN, defineRoute } from '../route.ts';
import { findTable } from './tables.ts';

const LAST = '/api/v3/configure/last_cache';
const DISTINCT = '/api/v3/configure/distinct_cache';
const LAST_TTL_SECS = 14_400n;
const DISTINCT_CARDINALITY = 100_000n;
const DISTINCT_AGE_SECS = 86_400n;

interface CacheName {
  readonly database: string;
  readonly table: string;
  readonly name: string;
}

export const createLastCache = defineRoute<JsonStruct>({
  method: 'POST',
  path: LAST,
  permission: ADMIN,
  parse: (context) => readJsonStruct(context, 'LastCacheCreateRequest'),
  handle: async (body, context) => {
    const { database, table } = target(body, context);
    const keys = body.optionalStrings('key_columns')?.map((name) => column(table, name)) ?? table.tags;
    const values = body.optionalStrings('value_columns')?.map((name) => column(table, name)) ?? null;
    const record: LastCacheRecord = {
      tableId: table.id,
      name: body.optionalString('name') ?? defaultName(table, keys, 'last_cache'),
      keyColumnIds: keys.map(({ id }) => id),
      valueColumnIds: values?.map(({ id }) => id) ?? null,
      count: count(body, 'count', 1n),
      ttlSecs: count(body, 'ttl', LAST_TTL_SECS),
    };
    const on = `db:${database}/${table.name}`;
    const created = await context
      .change('last_cache.create', on, { name: record.name })
      .createLastCache(record);
    return created201(context, table, {
      CreateLastCache: {
        table_id: table.id,
        table: table.name,
        name: created.name,
        key_columns: created.keyColumnIds,
        value_columns: created.valueColumnIds ?? 'all_non_key_columns',
        count: created.count,
        ttl: created.ttlSecs,
      },
    });
  },
});

export const createDistinctCache = defineRoute<JsonStruct>({
  method: 'POST',
  path: DISTINCT,
  permission: ADMIN,
  parse: (context) => readJsonStruct(context, 'DistinctCacheCreateRequest'),
  handle: async (body, context) => {
    const { database, table } = target(body, context);
    const columns = body.strings('columns').map((name) => column(table, name));
    const record: DistinctCacheRecord = {
      tableId: table.id,
      name: body.optionalString('name') ?? defaultName(table, columns, 'distinct_cache'),
      columnIds: columns.map(({ id }) => id),
      maxCardinality: count(body, 'max_cardinality', DISTINCT_CARDINALITY),
      maxAgeSecs: count(body, 'max_age', DISTINCT_AGE_SECS),
    };
    const on = `db:${database}/${table.name}`;
    const created = await context
      .change('distinct_cache.create', on, { name: record.name })
      .createDistinctCache(record);
    return created201(context, table, {
      CreateDistinctCache: {
        table_id: table.id,
        table_name: table.name,
        cache_name: created.name,
        column_ids: created.columnIds,
        max_cardinality: created.maxCardinality,
        max_age_seconds: created.maxAgeSecs,
      },
    });
  },
});

export const deleteLastCache = defineRoute<CacheName>({
  method: 'DELETE',
  path: LAST,
  permission: ADMIN,
  parse: readName,
  handle: async (name, context) => {
    const table = findTable(context, name);
    await context
      .change('last_cache.delete', `db:${name.database}/${name.table}`, { name: name.name })
      .deleteLastCache(table.id, name.name);
    return OK;
  },
});

export const deleteDistinctCache = defineRoute<CacheName>({
  method: 'DELETE',
  path: DISTINCT,
  permission: ADMIN,
  parse: readName,
  handle: async (name, context) => {
    const table = findTable(context, name);
    await context
      .change('distinct_cache.delete', `db:${name.database}/${name.table}`, { name: name.name })
      .deleteDistinctCache(table.id, name.name);
    return OK;
  },
});

/** From the query string, or from a JSON body. */
async function readName(context: RequestContext): Promise<CacheName> {
  const { parameters } = context;
  if (context.search === null) {
    if (!isJson(context.request)) throw httpErrors.contentType();
    const body = await readJsonStruct(context, 'CacheDeleteRequest');
    return { database: body.string('db'), table: body.string('table'), name: body.string('name') };
  }
  return {
    database: parameters.required('db'),
    table: parameters.required('table'),
    name: parameters.required('name'),
  };
}

function target(body: JsonStruct, context: RequestContext): { database: string; table: TableRecord } {
  const database = body.string('db');
  return { database, table: findTable(context, { database, table: body.string('table') }) };
}

function column(table: TableRecord, name: string): ColumnRecord {
  const found = table.columnByName.get(name);
  if (found === undefined) throw catalogErrors.invalidConfiguration(`invalid column provided: ${name}`);
  return found;
}

function defaultName(table: TableRecord, columns: readonly ColumnRecord[], suffix: string): string {
  return [table.name, ...columns.map(({ name }) => name), suffix].join('_');
}

function count(body: JsonStruct, name: string, absent: bigint): number {
  const value = body.optionalU64(name) ?? absent;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw catalogErrors.invalidConfiguration(`${name} is too large`);
  }
  return Number(value);
}

/** The catalog change that happened, as the reference answers it. */
function created201(context: RequestContext, table: TableRecord, op: object): Reply {
  const { catalog, clock } = context.dependencies;
  const database = catalog.databaseById(table.databaseId);
  const timeNs = clock.nowNs();
  const reply = jsonReply(201, {
    catalog_batch: {
      Database: { time_ns: 0, database_id: table.databaseId, database_name: database?.name ?? '', ops: [op] },
    },
    sequence_number: catalog.version,
  });
  // Nanoseconds do not fit a JavaScript number.
  return { ...reply, body: (reply.body as string).replace('"time_ns":0', `"time_ns":${timeNs}`) };
}
