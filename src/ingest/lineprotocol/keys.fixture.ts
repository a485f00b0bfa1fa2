/** Keys from their spellings, for tests. */
import { LineScanner } from './scanner.ts';
import type { SeriesKeyCache } from './series-key-cache.ts';
import type { SeriesKeys } from './series-keys.ts';

export interface FoundKey {
  readonly keys: SeriesKeys;
  readonly key: number;
}

/** The key of a line with this spelling. */
export function keyOf(spelling: string, cache: SeriesKeyCache): FoundKey {
  const width = { columns: 500, columnsOf: () => 500 };
  const scanner = new LineScanner(Buffer.from(`${spelling} f=1`), cache, width);
  while (scanner.next() && scanner.isBlank);
  if (scanner.error !== null) throw new Error(scanner.error);
  const { key, seriesKeys } = scanner;
  scanner.release();
  return { keys: seriesKeys, key };
}
