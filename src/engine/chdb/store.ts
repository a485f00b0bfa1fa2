/** How the engine's files lie: `store/<first three digits>/<id>`; databases hold definitions, tables hold parts. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface StoreDirectory {
  readonly path: string;
  readonly names: readonly string[];
}

export function listStore(enginePath: string): StoreDirectory[] {
  const store = join(enginePath, 'store');
  return namesIn(store).flatMap((prefix) =>
    namesIn(join(store, prefix)).map((name) => storeDirectory(join(store, prefix, name))),
  );
}

export function storeDirectory(path: string): StoreDirectory {
  return { path, names: namesIn(path) };
}

/** Of what is in a directory; none where there is no such. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
