/**
 * Puts right what a full disk left empty of a table's own files, while the engine does not have it open. It wrote them
 * without noticing that the disk took nothing (see `write-proof.ts`), and does not open a table with one of them.
 */
import { statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import type { StoreDirectory } from './store.ts';

const FORMAT_FILE = 'format_version.txt';
/** What the engine writes for every table that has partitions of its own. */
const FORMAT_VERSION = '1';
/** A change of rows, whether it is done or not. Whoever asked for it asks again until it was done. */
const MUTATION_FILE = /^mutation_\d+\.txt$/;

export function mendEmptyFiles({ path, names }: StoreDirectory, logger: Logger): void {
  for (const name of names) {
    const isMutation = MUTATION_FILE.test(name);
    if (!isMutation && name !== FORMAT_FILE) continue;
    const file = join(path, name);
    if (statSync(file).size > 0) continue;
    if (isMutation) unlinkSync(file);
    else writeFileSync(file, FORMAT_VERSION, { flush: true });
    logger.warn({ path: file }, 'mended a file of a table that a full disk left empty');
  }
}
