/**
 * The engine's table definitions and a full disk. It writes a definition without noticing that the disk took
 * nothing (chDB 26.7: `ALTER` answers ok and leaves an empty file), and then does not open any more. So a
 * change of definitions needs free space first, and at a start empty definitions that hold no data go away.
 */
import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import { EngineError } from '../engine.ts';

/** Far more than a definition needs: others write to the same disk meanwhile. */
const NEEDED_BYTES = 16 * 2 ** 20;

const TABLE_ID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

/** Throws `down` when a `CREATE` or `ALTER` could find the disk full. What drops things gives space back. */
export async function requireSpaceForDefinition(sql: string, directory: string): Promise<void> {
  if (!/^\s*(?:CREATE|ALTER)\b/i.test(sql)) return;
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes >= NEEDED_BYTES) return;
  throw new EngineError('down', `the disk is full: ${freeBytes} bytes are free, ${NEEDED_BYTES} are needed`);
}

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

/** `store/<first three digits>/<id>`: databases hold definitions, tables hold parts. */
function directoriesBelow(store: string): string[] {
  return names(store).flatMap((prefix) =>
    names(join(store, prefix)).map((name) => join(store, prefix, name)),
  );
}

function holdsParts(table: string): boolean {
  return names(table).some((name) => /_\d+_\d+_\d+(?:_\d+)?$/.test(name) && !name.startsWith('tmp'));
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
