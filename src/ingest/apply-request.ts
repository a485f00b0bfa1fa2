/** The rows of a request that is in the log into the buffers of their tables. */
import type { AppendObserver } from './append-observer.ts';
import type { Buffers } from './buffers.ts';
import type { ParsedRequest } from './parse-request.ts';
import { partsOf, RowColumns, type RowRange } from './row-range.ts';
import type { LogSequence } from './wal/log.ts';

/** New series take more than a microsecond each. */
const STEP_ROWS = 1024;
/** A table takes as long as so many rows: its first row may be that of a new one. */
const TABLE_ROWS = 32;

/** Some rows at each step: between two of them others may run, but no other request may be applied. */
export function* applyRequest(
  { tables }: ParsedRequest,
  buffers: Buffers,
  observer: AppendObserver | null,
  sequence: LogSequence,
): Generator<void> {
  let rowsOfStep = 0;
  for (const { record, ranges } of tables) {
    const { id, dataId } = record!;
    const apply = (rows: RowRange): void => {
      const buffer = buffers.get(id);
      // The table was removed or emptied since its rows were parsed.
      if (buffer?.dataId !== dataId) return;
      buffer.append(rows, record!, sequence);
      buffers.appended(buffer);
      observer?.appended(new RowColumns(record!, rows));
    };
    for (const range of ranges) {
      if (range.rows > STEP_ROWS) {
        for (const part of partsOf(range, STEP_ROWS)) {
          apply(part);
          yield;
        }
        continue;
      }
      apply(range);
      rowsOfStep += range.rows + TABLE_ROWS;
      if (rowsOfStep < STEP_ROWS) continue;
      rowsOfStep = 0;
      yield;
    }
  }
}
