/** Definitions of tables that a full disk left empty or cut off (see `disk-guard.ts`). */
import { readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import { EngineError } from '../engine.ts';
import { namesIn, type StoreDirectory } from './store.ts';

const TABLE_ID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

/** Whether nothing is missing from what the engine wrote: the columns, the engine behind them, the end. */
export function isWhole(definition: string): boolean {
  return definition.includes('\nENGINE = ') && definition.endsWith('\n');
}

/** undefined: there is none. */
export function readDefinition(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Before the engine opens: removes definitions that are broken, which the catalog makes again. Throws `down`
 * when one of them may belong to stored data, because the table would then come back without it.
 */
export function removeBrokenDefinitions(
  enginePath: string,
  store: readonly StoreDirectory[],
  logger: Logger,
): void {
  const files = store.flatMap(({ path, names }) =>
    names.filter((name) => name.endsWith('.sql')).map((name) => join(path, name)),
  );
  const texts = files.map((path) => readFileSync(path, 'utf8'));
  const broken = files.filter((_, index) => !isWhole(texts[index]!));
  if (broken.length === 0) return;
  const dropped = namesIn(join(enginePath, 'metadata_dropped'));
  const owners = [...texts.filter(isWhole), ...dropped];
  const owned = new Set(owners.flatMap((text) => text.match(TABLE_ID) ?? []));
  const orphan = store.find((each) => !owned.has(each.path.slice(-36)) && holdsParts(each));
  if (orphan !== undefined) {
    throw new EngineError(
      'down',
      `the definition ${broken[0]} is not whole, and ${orphan.path} holds data of a table without a definition; ` +
        'restore the definition from a backup',
    );
  }
  for (const path of broken) {
    unlinkSync(path);
    logger.warn({ path }, 'removed a table definition that a full disk left broken');
  }
}

function holdsParts({ names }: StoreDirectory): boolean {
  return names.some((name) => /_\d+_\d+_\d+(?:_\d+)?$/.test(name) && !name.startsWith('tmp'));
}
