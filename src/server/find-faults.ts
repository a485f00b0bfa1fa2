/** What `/ready` tells: the parts without which data cannot be written and read. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ingest } from '../ingest/ingest.ts';

export interface ReadinessParts {
  readonly engine: Pick<Engine, 'health'>;
  readonly catalog: Pick<Catalog, 'isWritable'>;
  readonly ingest: Pick<Ingest, 'isWritable'>;
}

/** In words for the caller; empty when all is well. */
export async function findFaults({ engine, catalog, ingest }: ReadinessParts): Promise<string[]> {
  const checks: readonly (readonly [Promise<boolean>, string])[] = [
    [engine.health().then(({ healthy }) => healthy), 'the storage engine is not available'],
    [ingest.isWritable(), 'the write-ahead log cannot be written (is the disk full or failing?)'],
    [catalog.isWritable(), 'the catalog cannot be written (is the disk full or failing?)'],
  ];
  const faults = await Promise.all(checks.map(async ([isWell, words]) => ((await isWell) ? [] : [words])));
  return faults.flat();
}
