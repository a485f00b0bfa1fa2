/** The rows of a request that is in the log into the buffers of their tables. */
import type { AppendObserver } from './append-observer.ts';
import type { Buffers } from './buffers.ts';
import type { ParsedRequest } from './parse-request.ts';
import { RowColumns } from './row-range.ts';
import type { LogSequence } from './wal/log.ts';

/** New series take more than a microsecond each. */
const STEP_ROWS = 1024;

/** Some rows at each step: between two of them others may run, but no other request may be applied. */
export function* applyRequest(
  { tables }: ParsedRequest,
  buffers: Buffers,
  observer: AppendObserver | null,
  sequence: LogSequence,
): Generator<void> {
  for (const batch of tables) {
    const record = batch.record!;
    for (const rows of batch.parts(STEP_ROWS)) {
      const buffer = buffers.get(record.id);
      // The table was removed or emptied since its rows were parsed.
      if (buffer?.dataId !== record.dataId) break;
      buffer.append(rows, record, sequence);
      buffers.appended(buffer);
      observer?.appended(new RowColumns(record, rows));
      yield;
    }
  }
}
