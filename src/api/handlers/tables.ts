/** Tables and their retention (`http-api.md` 8). */
import type { NewColumn } from '../../catalog/catalog.ts';
import { parseHardDelete } from '../../catalog/hard-delete-time.ts';
import type { DatabaseRecord, FieldType, TableRecord } from '../../catalog/records.ts';
import { parseRetention } from '../../catalog/retention-grammar.ts';
import { catalogErrors, SluiceError } from '../../errors/index.ts';
import { readJsonStruct } from '../read-json-struct.ts';
import { NO_CONTENT, OK } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { ADMIN, defineRoute, type Permission } from '../route.ts';
import { findDatabase, readRetention, removeDue } from './databases.ts';

const TABLE = '/api/v3/configure/table';
const RETENTION = '/api/v3/enterprise/configure/table/retention_period';

const FIELD_TYPES: ReadonlyMap<string, FieldType> = new Map([
  ['utf8', 'string'],
  ['int64', 'integer'],
  ['uint64', 'uinteger'],
  ['float64', 'float'],
  ['bool', 'boolean'],
]);

interface TableName {
  readonly database: string;
  readonly table: string;
}

interface TableBody extends TableName {
  readonly retentionNs: bigint | null | undefined;
}

export const createTable = defineRoute<TableBody & { columns: readonly NewColumn[] }>({
  method: 'POST',
  path: TABLE,
  permission: ADMIN,
  parse: async (context) => {
    const body = await readJsonStruct(context, 'CreateTableRequest');
    const name = { database: body.string('db'), table: body.string('table') };
    const tags = body.strings('tags').map((tag): NewColumn => ({ name: tag, type: 'tag' }));
    const fields = body.items('fields').map((item): NewColumn => {
      const field = body.itemStruct(item, 'struct CreateTableField');
      return {
        name: field.string('name'),
        type: fieldType(field.string('type'), (text) => field.failure(text)),
      };
    });
    return { ...name, columns: [...tags, ...fields], retentionNs: readRetention(body) };
  },
  handle: async ({ database: name, table, columns, retentionNs }, context) => {
    const database = await findOrCreateDatabase(context, name);
    const options = retentionNs === undefined ? {} : { retentionNs };
    await context
      .change('table.create', resource(name, table), { columns: columns.length })
      .createTable(database.id, table, columns, options);
    return OK;
  },
});

export const updateTable = defineRoute<TableBody>({
  method: 'PUT',
  path: TABLE,
  permission: ADMIN,
  parse: async (context) => {
    const body = await readJsonStruct(context, 'UpdateTableRequest');
    return { database: body.string('db'), table: body.string('table'), retentionNs: readRetention(body) };
  },
  handle: async (input, context) => {
    await setRetention(context, input, input.retentionNs ?? null);
    return OK;
  },
});

/** `delete` on the whole database is enough beside admin (`auth.md` 7.2). */
const DELETE: Permission<TableName> = {
  kind: 'requested',
  operations: ({ database, table }, context) => [
    { kind: 'database', database: context.database(database), action: 'delete', table },
  ],
};

export const deleteTable = defineRoute<TableName & { dataOnly: boolean }>({
  method: 'DELETE',
  path: TABLE,
  permission: DELETE as Permission<TableName & { dataOnly: boolean }>,
  parse: (context) => ({
    ...urlName(context),
    dataOnly: context.parameters.boolean('data_only', false),
  }),
  handle: async (input, context) => {
    const table = findTable(context, input);
    const on = resource(input.database, input.table);
    if (input.dataOnly) {
      await context.change('table.clear', on).clearTable(table.id);
      return OK;
    }
    const when = parseHardDelete(
      context.parameters.optional('hard_delete_at'),
      context.dependencies.clock.nowMs(),
    );
    await context.change('table.delete', on).deleteTable(table.id, when);
    await removeDue(context);
    return OK;
  },
});

export const setTableRetention = defineRoute<TableName & { retentionNs: bigint | null }>({
  method: 'POST',
  path: RETENTION,
  permission: ADMIN,
  parse: (context) => ({
    ...urlName(context),
    retentionNs: parseRetention(context.parameters.required('duration')),
  }),
  handle: async (input, context) => {
    await setRetention(context, input, input.retentionNs);
    return NO_CONTENT;
  },
});

export const clearTableRetention = defineRoute<TableName>({
  method: 'DELETE',
  path: RETENTION,
  permission: ADMIN,
  parse: urlName,
  handle: async (input, context) => {
    await setRetention(context, input, null);
    return NO_CONTENT;
  },
});

function urlName({ parameters }: RequestContext): TableName {
  return { database: parameters.required('db'), table: parameters.required('table') };
}

function fieldType(text: string, failure: (message: string) => Error): FieldType {
  const type = FIELD_TYPES.get(text);
  if (type !== undefined) return type;
  const expected = [...FIELD_TYPES.keys()].map((name) => `\`${name}\``).join(', ');
  throw failure(`unknown variant \`${text}\`, expected one of ${expected}`);
}

async function setRetention(
  context: RequestContext,
  name: TableName,
  retentionNs: bigint | null,
): Promise<void> {
  const table = findTable(context, name);
  const detail = { retention_ns: retentionNs === null ? null : String(retentionNs) };
  await context
    .change('table.update', resource(name.database, name.table), detail)
    .setTableRetention(table.id, retentionNs);
}

async function findOrCreateDatabase(context: RequestContext, name: string): Promise<DatabaseRecord> {
  const known = context.dependencies.catalog.database(name);
  if (known !== undefined) return known;
  try {
    return await context.change('database.create', `db:${name}`, { by: 'table' }).createDatabase(name);
  } catch (error) {
    const other = context.dependencies.catalog.database(name);
    const isRace = error instanceof SluiceError && error.code === catalogErrors.alreadyExists.code;
    if (isRace && other !== undefined) return other;
    throw error;
  }
}

/** A live table, or one that was deleted, under its renamed name; 404 where there is none. */
export function findTable(context: RequestContext, name: TableName): TableRecord {
  const { catalog } = context.dependencies;
  const database = findDatabase(context, name.database);
  const table =
    catalog.table(database.id, name.table) ??
    catalog.tables(database.id).find((candidate) => candidate.name === name.table);
  if (table === undefined) throw catalogErrors.tableNotFound(name.table, name.database);
  return table;
}

function resource(database: string, table: string): string {
  return `db:${database}/${table}`;
}
