/**
 * Before the engine opens: puts right what a full disk left empty of a table's own files. The engine wrote them
 * without noticing that the disk took nothing (chDB 26.7), and does not open with one of them.
 */
import { readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';

const FORMAT_FILE = 'format_version.txt';
/** What the engine writes for every table that has partitions of its own. */
const FORMAT_VERSION = '1';
/** A change of rows, whether it is done or not. Whoever asked for it asks again until it was done. */
const MUTATION_FILE = /^mutation_\d+\.txt$/;

export function mendEmptyTableFiles(enginePath: string, logger: Logger): void {
  for (const directory of directoriesBelow(join(enginePath, 'store'))) mendEmptyFiles(directory, logger);
}

/** Of one table, that the engine does not have open. */
export function mendEmptyFiles(directory: string, logger: Logger): void {
  for (const name of names(directory)) {
    const isMutation = MUTATION_FILE.test(name);
    if (!isMutation && name !== FORMAT_FILE) continue;
    const path = join(directory, name);
    if (statSync(path).size > 0) continue;
    if (isMutation) unlinkSync(path);
    else writeFileSync(path, FORMAT_VERSION, { flush: true });
    logger.warn({ path }, 'mended a file of a table that a full disk left empty');
  }
}

/** `store/<first three digits>/<id>`: databases hold definitions, tables hold parts. */
export function directoriesBelow(store: string): string[] {
  return names(store).flatMap((prefix) =>
    names(join(store, prefix)).map((name) => join(store, prefix, name)),
  );
}

/** Of what is in a directory; none where there is no such. */
export function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
