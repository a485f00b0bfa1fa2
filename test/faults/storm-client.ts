/** What those who play a part in a storm may do with its server. */
import type { Random } from '../support/seeded-random.ts';
import type { Batch, Fate } from './ledger.ts';

export interface Answer {
  readonly fate: Fate;
  /** 0: no answer came. */
  readonly status: number;
  readonly text: string;
}

export interface StormClient {
  readonly random: Random;
  readonly database: string;
  /** The life of the server is over or about to be. */
  readonly isEnding: boolean;
  /** In the ledger from now on. Always promised. */
  newBatch(table: string, firstTime?: bigint): Batch;
  write(batch: Batch): Promise<void>;
  /** Sends lines outside the ledger. */
  send(lines: string): Promise<Fate>;
  /** Of other statuses than 2xx only these count as an answer; a refusal has to be as that of a write. */
  call(method: string, path: string, body?: object, alsoFine?: readonly number[]): Promise<Answer>;
  /** undefined: refused in bad weather, or the server went away. */
  query(q: string): Promise<Record<string, number | string>[] | undefined>;
  pause(milliseconds: number): Promise<void>;
  fail(message: string): never;
}

/** Numbers of the row deletes that were asked for and not yet carried out; undefined: nobody knows now. */
export async function pendingDeletes(client: StormClient): Promise<Set<number> | undefined> {
  const answer = await client.call('GET', '/api/v3/row_delete_requests?disposition=pending');
  if (answer.fate !== 'acknowledged') return undefined;
  return new Set((JSON.parse(answer.text) as { sequence: number }[]).map(({ sequence }) => sequence));
}
