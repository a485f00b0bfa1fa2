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
