/** A small result, whole: fewer threads have to be woken for it than for a stream. */
import type { Session } from 'chdb';
import { releaseFailed } from './release-failed.ts';
import { SMALL_SETTINGS } from './statement.ts';

/** What is kept of a result in memory before it counts as large. */
const MAXIMUM_BYTES = 1024 * 1024;

export const SMALL_RESULT_SETTINGS = {
  ...SMALL_SETTINGS,
  max_result_bytes: MAXIMUM_BYTES,
  result_overflow_mode: 'throw',
} as const;

export interface SmallResult {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Runs a statement that has `SMALL_RESULT_SETTINGS`; `large` when it must be streamed instead. */
export async function readSmall(
  session: Session,
  sql: string,
  format: string,
): Promise<SmallResult | 'large'> {
  try {
    // Analysed on a thread of the pool: the thread that serves everybody goes on.
    const result = await session.queryAsync(sql, { format });
    return { bytes: result.bytes(), rows: Number(result.rowsRead ?? 0) };
  } catch (error) {
    await releaseFailed(session);
    if (/^(?:.*: )?Code: 396\b.*max bytes:/.test(String(error))) return 'large';
    throw error;
  }
}
