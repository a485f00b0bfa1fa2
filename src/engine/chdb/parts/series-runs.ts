/** Where the rows of each series of a part begin: they lie together. */
import type { GranuleKeys } from './part-header.ts';
import { packedFile, type Stream } from './part-layout.ts';
import type { StoredFiles } from './stored-file.ts';

const SERIES_BYTES = 16;

export interface SeriesRuns {
  readonly count: number;
  /** Row with which each run begins, and the number of all rows. */
  readonly starts: Uint32Array;
}

/** First row of each granule, and the number of all rows. */
export function granuleStarts({ marks }: Stream): Uint32Array {
  const starts = new Uint32Array(marks.granules + 1);
  for (let granule = 0; granule < marks.granules; granule++)
    starts[granule + 1] = starts[granule]! + marks.rows(granule);
  return starts;
}

/** `pause` is called between granules that were looked into. */
export async function readSeriesRuns(
  files: StoredFiles,
  stream: Stream,
  keys: GranuleKeys,
  pause: () => Promise<void>,
): Promise<SeriesRuns> {
  const { marks, index } = stream;
  const file = packedFile(files, stream);
  const rows = granuleStarts(stream);
  const starts: number[] = marks.granules === 0 ? [] : [0];
  for (let granule = 0; granule < marks.granules; granule++) {
    // Then it holds rows of one series.
    if (keys.isSameSeries(granule, granule + 1)) continue;
    const length = marks.rows(granule) * SERIES_BYTES;
    const block = marks.block(granule, index);
    const bytes = await file.read(block, marks.within(granule, index), length);
    const first = rows[granule]!;
    addChanges(bytes, first, starts);
    const isLast = granule === marks.granules - 1;
    if (!isLast && !keys.isSeries(granule + 1, bytes, length - SERIES_BYTES)) starts.push(rows[granule + 1]!);
    await pause();
  }
  return { count: starts.length, starts: Uint32Array.from([...starts, rows[marks.granules]!]) };
}

function addChanges(bytes: Uint8Array, firstRow: number, starts: number[]): void {
  const isAligned = bytes.byteOffset % 4 === 0;
  const aligned = isAligned ? bytes : Uint8Array.prototype.slice.call(bytes);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  for (let at = 4; at < words.length; at += 4) {
    if (
      words[at] !== words[at - 4] ||
      words[at + 1] !== words[at - 3] ||
      words[at + 2] !== words[at - 2] ||
      words[at + 3] !== words[at - 1]
    )
      starts.push(firstRow + at / 4);
  }
}
