/** `/api/v3/row_delete_requests` (`http-api.md` 12). */
import type { Operation } from '../../auth/operation.ts';
import type { RowDeleteRecord } from '../../catalog/records.ts';
import { printPredicate } from '../../catalog/row-delete-predicate.ts';
import { catalogErrors } from '../../errors/index.ts';
import { printRfc3339, readRfc3339 } from '../../platform/rfc3339.ts';
import type { JsonStruct } from '../json-body.ts';
import { readJsonStruct } from '../read-json-struct.ts';
import { jsonReply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { AUTHENTICATED, defineRoute, type Permission } from '../route.ts';
import { findTable } from './tables.ts';

const PATH = '/api/v3/row_delete_requests';

interface RowDeleteBody {
  readonly database: string;
  readonly table: string;
  readonly minTimeNs: bigint | null;
  readonly maxTimeNs: bigint | null;
  readonly predicate: string | null;
  readonly allTime: boolean;
}

const DELETE: Permission<RowDeleteBody> = {
  kind: 'requested',
  operations: ({ database, table }, context) => [
    { kind: 'database', database: context.database(database), action: 'delete', table },
  ],
};

export const createRowDelete = defineRoute<RowDeleteBody>({
  method: 'POST',
  path: PATH,
  permission: DELETE,
  parse: async (context) => {
    const body = await readJsonStruct(context, 'RowDeleteRequest');
    return {
      database: body.string('db'),
      table: body.string('table'),
      minTimeNs: readTime(body, 'min_time'),
      maxTimeNs: readTime(body, 'max_time'),
      predicate: body.optionalString('delete_predicate') ?? null,
      allTime: body.optionalBoolean('all_time') ?? false,
    };
  },
  handle: async ({ database: name, table: tableName, ...request }, context) => {
    const { catalog, rowDeletes } = context.dependencies;
    const table = findTable(context, { database: name, table: tableName });
    const database = catalog.databaseById(table.databaseId)!;
    const change = context.changeContext('rows.delete_request', `db:${name}/${tableName}`, {
      predicate: request.predicate,
      min_time: timeText(request.minTimeNs),
      max_time: timeText(request.maxTimeNs),
    });
    return jsonReply(200, view(await rowDeletes.submit(change, { database, table, ...request }), context));
  },
});

/** Each sees the requests on databases that it may read or delete from. */
export const listRowDeletes = defineRoute<(request: RowDeleteRecord) => boolean>({
  method: 'GET',
  path: PATH,
  permission: AUTHENTICATED,
  parse: ({ parameters }) => {
    const [db, table] = [parameters.optional('db'), parameters.optional('table')];
    const disposition = parameters.choice('disposition', DISPOSITIONS);
    const from = parameters.count('min_sequence', 0);
    const to = parameters.count('max_sequence', Number.MAX_SAFE_INTEGER);
    return (request) =>
      (db === undefined || request.databaseName === db) &&
      (table === undefined || request.tableName === table) &&
      (disposition === undefined || request.disposition === disposition) &&
      request.sequence >= from &&
      request.sequence <= to;
  },
  handle: (matches, context) => {
    const requests = context.dependencies.rowDeletes.list();
    return jsonReply(
      200,
      requests
        .filter((request) => matches(request) && isVisible(request, context))
        .map((request) => view(request, context)),
    );
  },
});

const DISPOSITIONS = new Map([
  ['pending', 'pending'],
  ['completed', 'completed'],
  ['aborted', 'aborted'],
]);

export const abortRowDelete = defineRoute<{ sequence: number; reason: string | null }>({
  method: 'POST',
  path: `${PATH}/{sequence}/abort`,
  permission: {
    kind: 'requested',
    operations: ({ sequence }, context): Operation[] => {
      const request = find(context, sequence);
      // Of one that does not exist nothing is told but to administrators.
      if (request === undefined) return [{ kind: 'admin' }];
      const database = { id: request.databaseId, name: request.databaseName };
      return [{ kind: 'database', database, action: 'delete', table: request.tableName }];
    },
  },
  parse: async (context) => {
    const body = await readJsonStruct(context, 'AbortRowDeleteRequest');
    return {
      sequence: Number(context.pathParameter),
      reason: body.optionalString('reason') ?? null,
    };
  },
  handle: async ({ sequence, reason }, context) => {
    const request = find(context, sequence);
    if (request === undefined) throw catalogErrors.notFound(String(sequence));
    const on = `db:${request.databaseName}/${request.tableName}`;
    const change = context.changeContext('rows.delete_abort', on, { sequence, reason });
    return jsonReply(
      200,
      view(await context.dependencies.rowDeletes.abort(change, sequence, reason), context),
    );
  },
});

function find({ dependencies }: RequestContext, sequence: number): RowDeleteRecord | undefined {
  return dependencies.rowDeletes.list().find((request) => request.sequence === sequence);
}

function isVisible(request: RowDeleteRecord, { principal, dependencies }: RequestContext): boolean {
  const database = { id: request.databaseId, name: request.databaseName };
  return (['read', 'delete'] as const).some(
    (action) =>
      dependencies.authorizer.authorize(principal, {
        kind: 'database',
        database,
        action,
        table: request.tableName,
      }).allowed,
  );
}

/** RFC 3339, or nanoseconds as an integer. */
function readTime(body: JsonStruct, name: string): bigint | null {
  const node = body.field(name);
  if (node === null || node.kind === 'null') return null;
  if (node.kind === 'integer') return within(name, node.value);
  const ns = node.kind === 'string' ? readRfc3339(node.value) : 'syntax';
  if (typeof ns === 'string') throw catalogErrors.rowDeleteInvalid(`${name} must be an RFC 3339 time`);
  return within(name, ns);
}

/** The engine holds times as 64-bit nanoseconds. */
function within(name: string, ns: bigint): bigint {
  if (BigInt.asIntN(64, ns) !== ns) throw catalogErrors.rowDeleteInvalid(`${name} is out of range`);
  return ns;
}

const timeText = (ns: bigint | null) => (ns === null ? null : printRfc3339(ns));

function view(request: RowDeleteRecord, { dependencies }: RequestContext): object {
  const table = dependencies.catalog.tableById(request.tableId);
  const database = dependencies.catalog.databaseById(request.databaseId);
  return {
    sequence: request.sequence,
    db_id: request.databaseId,
    table_id: request.tableId,
    db_name: request.databaseName,
    db_name_stale: database?.name !== request.databaseName,
    table_name: request.tableName,
    table_name_stale: table?.name !== request.tableName,
    min_time: timeText(request.minTimeNs),
    max_time: timeText(request.maxTimeNs),
    delete_predicate: printPredicate(request.tags),
    created_at: new Date(request.createdAtMs).toISOString(),
    disposition: request.disposition,
    ended_at: request.endedAtMs === null ? null : new Date(request.endedAtMs).toISOString(),
    reason: request.reason,
  };
}
