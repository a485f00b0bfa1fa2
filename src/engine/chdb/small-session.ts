/**
 * A session for small results, which it reads whole: fewer threads have to be woken for it than for a stream.
 *
 * It keeps the settings of its last statement. Most statements have the same, and reading a dozen settings in each
 * of them would take longer than the engine's parser does for the rest.
 */
import type { Session } from 'chdb';
import { releaseFailed } from './release-failed.ts';
import { type Settings, SMALL_SETTINGS, setStatement } from './statement.ts';

/** What is kept of a result in memory before it counts as large. */
const MAXIMUM_BYTES = 1024 * 1024;

/** `readonly` stands in the statement itself: a session that has it takes no settings any more. */
const READ_ONLY = ' SETTINGS readonly = 1';

export const SMALL_RESULT_SETTINGS: Settings = {
  ...SMALL_SETTINGS,
  max_result_bytes: MAXIMUM_BYTES,
  result_overflow_mode: 'throw',
};

export interface SmallResult {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export class SmallSession {
  private readonly session: Session;
  private current: Settings = {};
  private currentText = '';

  constructor(session: Session) {
    this.session = session;
  }

  /** Runs a statement, which has no settings yet; `large` when it must be streamed instead. */
  async read(sql: string, format: string, settings: Settings): Promise<SmallResult | 'large'> {
    try {
      await this.use(settings);
      // Analysed on a thread of the pool: the thread that serves everybody goes on.
      const result = await this.session.queryAsync(`${sql}${READ_ONLY}`, { format });
      return { bytes: result.bytes(), rows: Number(result.rowsRead ?? 0) };
    } catch (error) {
      await releaseFailed(this.session);
      if (/^(?:.*: )?Code: 396\b.*max bytes:/.test(String(error))) return 'large';
      throw error;
    }
  }

  private async use(settings: Settings): Promise<void> {
    const next = { ...settings, ...SMALL_RESULT_SETTINGS };
    const text = setStatement(next);
    if (text === this.currentText) return;
    // Until it is known to hold, the session has no settings that anybody may rely on.
    this.currentText = '';
    const gone = Object.keys(this.current).filter((name) => !Object.hasOwn(next, name));
    this.current = { ...this.current, ...next };
    if (gone.length > 0)
      await this.session.queryAsync(`SET ${gone.map((name) => `${name} = DEFAULT`).join(', ')}`, {
        format: 'Null',
      });
    await this.session.queryAsync(text, { format: 'Null' });
    this.current = next;
    this.currentText = text;
  }
}
