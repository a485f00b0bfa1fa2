/** What a write is refused with (`http-api.md` 1.6, 3.5, 3.6). Line errors' texts are in `src/ingest/`. */
import { defineError, type SluiceError } from '../error.ts';

export const emptyWrite = defineError('empty_write', 400, 'text', () => 'incoming write was empty');
export const lineProtocolRejected = defineError(
  'line_protocol_rejected',
  400,
  'json',
  () => 'line protocol parsing error',
);
export const partialWriteRejected = defineError(
  'partial_write',
  400,
  'json',
  () => 'partial write of line protocol occurred',
);
export const partialWriteLimit = defineError(
  'partial_write_limit',
  422,
  'json',
  () => 'partial write of line protocol occurred',
);
/** The text of a line error: the request's other tables are written. */
export const tableWriteRefused = defineError(
  'table_write_refused',
  403,
  'json',
  (table: string) => `the token may not write to table '${table}'`,
);
export const databaseSoftDeleted = defineError(
  'database_soft_deleted',
  400,
  'json',
  (name: string) => `cannot write to soft-deleted database '${name}' - it is marked for deletion`,
);
export const writeOverloaded = defineError(
  'write_overloaded',
  429,
  'text',
  () => 'this service is overloaded, please try again later',
  { retryAfterSecs: 1 },
);
export const walUnavailable = defineError(
  'wal_unavailable',
  503,
  'text',
  () => 'the write-ahead log could not be written, nothing was stored; check the disk and try again',
);
export const ingestStateUnavailable = defineError(
  'ingest_state_unavailable',
  503,
  'text',
  () => "the write path's state could not be saved; check the disk and try again",
);
export const ingestClosed = defineError(
  'ingest_closed',
  503,
  'text',
  () => 'the server is stopping, nothing was stored; please try again later',
);
export const walRecordUnknown = defineError(
  'wal_record_unknown',
  500,
  'text',
  (version: number) =>
    `the write-ahead log holds a record of an unknown kind (${version}): it was written by a newer Sluice; ` +
    'start that version',
);
export const ingestStateCorrupt = defineError(
  'ingest_state_corrupt',
  500,
  'text',
  (file: string) =>
    `the write path's state is damaged: ${file}; restore it from a backup, or delete it and write the points ` +
    'that may have been written twice again, as reads may show them twice until then',
);
export const walCorrupt = defineError(
  'wal_corrupt',
  500,
  'text',
  (file: string, offset: number, problem: string) =>
    `the write-ahead log is damaged in the middle: ${file} at byte ${offset}: ${problem}; ` +
    "run 'influxdb3 repair wal --data-dir D' (D is this server's data directory) to keep what can be read",
);

export const walVersion = defineError(
  'wal_version',
  500,
  'text',
  (file: string, version: number) =>
    `the write-ahead log file ${file} has format version ${version}, which this Sluice does not know; ` +
    'start the version that wrote it, stop it cleanly, then start this one',
);
export const walCannotOpen = defineError(
  'wal_cannot_open',
  500,
  'text',
  (directory: string, reason: string) =>
    `the write-ahead log in ${directory} cannot be opened: ${reason}; ` +
    "check the disk and the directory's owner and permissions, then start again",
);
export const writeTooLarge = defineError(
  'write_too_large',
  413,
  'text',
  (bytes: number, limit: number) =>
    `the write needs ${bytes} bytes in the write-ahead log, more than ${limit}; send it in smaller parts`,
);

const LIMIT_TEXTS = [
  'Update to schema would exceed number of',
  'Adding a new database would exceed limit of',
];

/** Whether a line's message says that a limit of the catalog refused it. */
export function isLimitText(message: string): boolean {
  return LIMIT_TEXTS.some((text) => message.startsWith(text));
}

/** The failure that a partial write ends with: 422 when a limit refused any line, else 400. */
export function partialWriteError(lineErrors: readonly { readonly error_message: string }[]): SluiceError {
  const isLimit = lineErrors.some((line) => isLimitText(line.error_message));
  return (isLimit ? partialWriteLimit() : partialWriteRejected()).withData(lineErrors);
}
