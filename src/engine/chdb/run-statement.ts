import type { Session } from 'chdb';
import { mapError } from './map-error.ts';
import { releaseFailed } from './release-failed.ts';

/** A statement without a result. */
export async function runStatement(session: Session, sql: string): Promise<void> {
  try {
    await session.queryAsync(sql, { format: 'Null' });
  } catch (error) {
    await releaseFailed(session);
    throw mapError(error);
  }
}
