import type { Session } from 'chdb';

/**
 * A statement that failed or was killed stays a query of the engine, with its memory and its hold on the tables,
 * until its session runs something else. So it does, at once.
 */
export async function releaseFailed(session: Session | undefined): Promise<void> {
  try {
    await session?.queryAsync('SELECT 1', { format: 'Null' });
  } catch {
    // The caller hears of the first error.
  }
}
