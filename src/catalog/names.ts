/** Which names may exist, and how a name looks in messages (`http-api.md` 3.3, 3.8). */
import * as errors from '../errors/catalog/catalog.ts';
import type { ColumnType } from './records.ts';

const MAXIMUM_DATABASE_NAME_BYTES = 511;
/** Line protocol sets no limit; an unlimited name would be an unlimited catalog. */
const MAXIMUM_NAME_BYTES = 4096;
const RESERVED_COLUMNS: ReadonlySet<string> = new Set(['time', '__chunk_order']);

/** Throws a 400 that says what is wrong with the name of a new database. */
export function checkDatabaseName(name: string): void {
  if (name === '') throw errors.databaseNameEmpty();
  if (Buffer.byteLength(name) > MAXIMUM_DATABASE_NAME_BYTES) {
    throw errors.databaseNameTooLong(MAXIMUM_DATABASE_NAME_BYTES);
  }
  if (!/^[A-Za-z0-9]/.test(name)) throw errors.databaseNameStart();
  const slash = name.indexOf('/');
  const badSlash = slash !== -1 && (slash === name.length - 1 || name.indexOf('/', slash + 1) !== -1);
  if (badSlash) throw errors.databaseNameRetentionPolicy();
  if (!/^[A-Za-z0-9_/-]+$/.test(name)) throw errors.databaseNameCharacter();
}

/** Table names are free text as in line protocol, within reason. */
export function checkTableName(name: string): void {
  if (name === '') throw errors.invalidConfiguration('table name cannot be empty');
  if (Buffer.byteLength(name) > MAXIMUM_NAME_BYTES) {
    throw errors.invalidConfiguration(`table name too long: max ${MAXIMUM_NAME_BYTES} bytes`);
  }
}

export function checkColumnName(name: string): void {
  if (RESERVED_COLUMNS.has(name)) throw errors.reservedColumn(name);
  if (name === '') throw errors.invalidConfiguration('column name cannot be empty');
  if (Buffer.byteLength(name) > MAXIMUM_NAME_BYTES) {
    throw errors.invalidConfiguration(`column name too long: max ${MAXIMUM_NAME_BYTES} bytes`);
  }
}

/** The type as InfluxDB prints it in schema conflicts. */
export function influxTypeName(type: ColumnType): string {
  if (type === 'tag') return 'iox::column_type::tag';
  if (type === 'time') return 'iox::column_type::timestamp';
  return `iox::column_type::field::${type}`;
}

/** `NAME-YYYYMMDDTHHMMSS` (UTC), with `-ID` where that name is taken. */
export function deletedName(
  name: string,
  atMs: number,
  id: number,
  isTaken: (candidate: string) => boolean,
): string {
  const stamp = new Date(atMs).toISOString().replace(/[-:]/g, '').slice(0, 15);
  const candidate = `${name}-${stamp}`;
  return isTaken(candidate) ? `${candidate}-${id}` : candidate;
}

/** A physical name: readable, short enough for a file system, unique because it ends with the id. */
export function physicalName(name: string, id: number): string {
  return `${name.slice(0, 60).replace(/[^A-Za-z0-9_]/g, '_')}_${id}`;
}
