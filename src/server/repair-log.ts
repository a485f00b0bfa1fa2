/** Repairs the write-ahead log of a stopped server: `influxdb3 repair wal`. */
import { existsSync } from 'node:fs';
import { serverErrors } from '../errors/index.ts';
import { type RepairReport, repairLog } from '../ingest/wal/repair.ts';
import { dataDirectory, lockDataDirectory } from './data-directory.ts';

/**
 * Reports what is damaged; when something is, `confirm` decides whether the log is changed. Gives undefined
 * for a healthy log. Throws while a server runs on the directory, and for one without a log.
 */
export async function repairDataDirectoryLog(
  dataDir: string,
  confirm: (survey: RepairReport) => Promise<void>,
): Promise<RepairReport | undefined> {
  const { catalogFile, log } = dataDirectory(dataDir);
  if (!existsSync(catalogFile) || !existsSync(log)) throw serverErrors.noDataDirectory(dataDir);
  const unlock = lockDataDirectory(dataDir);
  try {
    const survey = await repairLog(log, { isDryRun: true });
    if (survey.damages.length === 0) return undefined;
    await confirm(survey);
    return await repairLog(log);
  } finally {
    unlock();
  }
}
