/** Failures of starting and configuring the server. The command line puts `Serve command failed: ` before them. */
import { defineError } from '../error.ts';

export const dataDirectoryInUse = defineError(
  'data_directory_in_use',
  500,
  'text',
  (path: string, processId: string) =>
    `the data directory ${path} is in use by process ${processId}: stop it first, or give another --data-dir`,
);

export const noDataDirectory = defineError(
  'no_data_directory',
  404,
  'text',
  (path: string) => `${path} is not the data directory of a server: no catalog is in it`,
);

export const cannotListen = defineError(
  'cannot_listen',
  500,
  'text',
  (address: string, reason: string) =>
    `cannot listen on ${address}: ${reason}; stop what listens there, or give another --http-bind`,
);

export const cannotReadTls = defineError(
  'cannot_read_tls_files',
  500,
  'text',
  (reason: string) => `cannot read the TLS certificate or key: ${reason}`,
);
