/** What the catalog refuses (`http-api.md` 1.6 and 3.3). */
import { defineError } from '../error.ts';

export const notFound = defineError(
  'not_found',
  404,
  'text',
  (what: string) => `the requested resource was not found: ${what}`,
);
export const databaseNotFound = defineError(
  'database_not_found',
  404,
  'text',
  (name: string) => `Database not found ${name}`,
);
export const tableNotFound = defineError(
  'table_not_found',
  404,
  'text',
  (table: string, database: string) => `Table ${table} not in DB schema for ${database}`,
);
export const alreadyExists = defineError(
  'already_exists',
  409,
  'text',
  () => 'attempted to create a resource that already exists',
);
export const alreadyDeleted = defineError(
  'already_deleted',
  409,
  'text',
  (what: string) => `attempted to modify resource that was already deleted: ${what}`,
);
export const tokenHashExists = defineError(
  'token_hash_exists',
  409,
  'text',
  () => 'a token with the same value already exists, choose another value',
);

export const invalidConfiguration = defineError(
  'invalid_configuration',
  400,
  'text',
  (message: string) => `invalid configuration provided: ${message}`,
);
export const columnTypeConflict = defineError(
  'column_type_conflict',
  400,
  'text',
  (column: string, expected: string, got: string) =>
    `invalid column type for column '${column}', expected ${expected}, got ${got}`,
);
export const reservedColumn = defineError(
  'reserved_column',
  400,
  'text',
  (name: string) => `'${name}' is a reserved column`,
);
export const duplicateColumn = defineError(
  'duplicate_column',
  400,
  'text',
  (name: string) => `duplicate column: '${name}', give each column once`,
);
export const lastCacheColumnType = defineError(
  'last_cache_column_type',
  400,
  'text',
  () => 'only uint64, int64, bool, tag, and string columns are supported in the last cache',
);
export const distinctCacheColumnType = defineError(
  'distinct_cache_column_type',
  400,
  'text',
  () => 'only tag and string columns are supported in the distinct cache',
);

export const databaseNameEmpty = defineError(
  'database_name_empty',
  400,
  'json',
  () => 'db name cannot be empty',
);
export const databaseNameTooLong = defineError(
  'database_name_too_long',
  400,
  'json',
  (maximum: number) => `db name too long: max ${maximum}`,
);
export const databaseNameStart = defineError(
  'database_name_start',
  400,
  'json',
  () => 'db name did not start with a number or letter',
);
export const databaseNameCharacter = defineError(
  'database_name_character',
  400,
  'json',
  () =>
    'invalid character in database or rp name: must be ASCII, containing only letters, numbers, underscores, or hyphens',
);
export const databaseNameRetentionPolicy = defineError(
  'database_name_retention_policy',
  400,
  'json',
  () =>
    "db name with invalid retention policy, if providing a retention policy name, must be of form '<db_name>/<rp_name>'",
);

export const tooManyColumns = defineError(
  'too_many_columns',
  422,
  'json',
  (limit: number) => `Update to schema would exceed number of columns per table limit of ${limit} columns`,
);
export const tooManyTagColumns = defineError(
  'too_many_tag_columns',
  422,
  'json',
  (limit: number) =>
    `Update to schema would exceed number of tag columns per table limit of ${limit} columns`,
);
export const tooManyTables = defineError(
  'too_many_tables',
  422,
  'json',
  (current: number, limit: number) =>
    `Update to schema would exceed number of tables limit: attempted to create table but already have ${current} table(s) (limit: ${limit})`,
);
export const tooManyDatabases = defineError(
  'too_many_databases',
  422,
  'json',
  (limit: number) => `Adding a new database would exceed limit of ${limit} databases`,
);

export const cannotDeleteInternalDatabase = defineError(
  'cannot_delete_internal_database',
  500,
  'text',
  () => 'cannot delete internal db',
);
export const catalogUnavailable = defineError(
  'catalog_unavailable',
  503,
  'text',
  () => 'the catalog could not be changed, nothing was done; check the disk and try again',
);

export const humanTime = defineError(
  'human_time',
  400,
  'text',
  (detail: string) => `Cannot parse the given human time: ${detail}`,
);
export const timestampParse = defineError(
  'timestamp_parse',
  400,
  'text',
  (detail: string) => `Cannot parse the timestamp: ${detail}`,
);
export const timestampRange = defineError('timestamp_range', 400, 'text', () => 'Timestamp is out of range');

export const tooManyRowDeletes = defineError(
  'too_many_row_deletes',
  429,
  'text',
  (limit: number) => `${limit} row deletes are pending: wait until some are carried out, or abort them`,
);
export const rowDeleteOver = defineError(
  'row_delete_over',
  409,
  'text',
  (sequence: number, disposition: string) => `row delete ${sequence} is ${disposition} already`,
);
export const rowDeleteInvalid = defineError(
  'row_delete_invalid',
  400,
  'text',
  (reason: string) => `invalid row delete: ${reason}`,
);
