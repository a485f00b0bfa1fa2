/** Definitions of tables that a full disk left empty (see `disk-guard.ts`), at the start. */
import { readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import { EngineError } from '../engine.ts';
import { directoriesBelow, names } from './empty-files.ts';

const TABLE_ID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

/**
 * Before the engine opens: removes definitions that are empty, which the catalog makes again. Throws `down`
 * when one of them may belong to stored data, because the table would then come back without it.
 */
export function removeEmptyDefinitions(enginePath: string, logger: Logger): void {
  const store = join(enginePath, 'store');
  const files = directoriesBelow(store).flatMap((directory) =>
    names(directory)
      .filter((name) => name.endsWith('.sql'))
      .map((name) => join(directory, name)),
  );
  const empty = files.filter((path) => statSync(path).size === 0);
  if (empty.length === 0) return;
  const dropped = names(join(enginePath, 'metadata_dropped'));
  const texts = [...files.map((path) => readFileSync(path, 'utf8')), ...dropped];
  const owned = new Set(texts.flatMap((text) => text.match(TABLE_ID) ?? []));
  const orphan = directoriesBelow(store).find((path) => !owned.has(path.slice(-36)) && holdsParts(path));
  if (orphan !== undefined) {
    throw new EngineError(
      'down',
      `the definition ${empty[0]} is empty, and ${orphan} holds data of a table without a definition; ` +
        'restore the definition from a backup',
    );
  }
  for (const path of empty) {
    unlinkSync(path);
    logger.warn({ path }, 'removed a table definition that a full disk left empty');
  }
}

function holdsParts(table: string): boolean {
  return names(table).some((name) => /_\d+_\d+_\d+(?:_\d+)?$/.test(name) && !name.startsWith('tmp'));
}
