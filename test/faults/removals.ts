/**
 * Takes data away in a storm, while it is in memory, on its way and in the engine: rows by time, whole tables, the
 * contents of tables, and what is older than a retention period. What was taken stays away, nothing else goes, and
 * what is written at the same place afterwards is there.
 */
import { oneOf } from '../support/seeded-random.ts';
import { type Batch, updateLines } from './ledger.ts';
import { pendingDeletes, type StormClient } from './storm-client.ts';

const DOOMED_TABLES = 20;
const AGED_TABLES = 10;
/** Far more than the clock of a storm steps, and far less than the age of the old points. */
const RETENTION_PERIODS = ['9y', '11y'];
const OLDER_BY_NS = 24n * 365n * 86_400n * 1_000_000_000n;

export interface RemovalCounts {
  rowDeletes: number;
  rewritten: number;
  tables: number;
  retentions: number;
}

export class Removals {
  readonly counts: RemovalCounts = { rowDeletes: 0, rewritten: 0, tables: 0, retentions: 0 };
  /** Batches whose rows were deleted: something may be written at their place. */
  private gone: Batch[] = [];
  /** Row deletes that were promised. */
  private asked: { readonly batch: Batch; readonly sequence: number }[] = [];
  /** What a table holds that its next deletion takes. */
  private readonly doomed = new Map<string, Batch[]>();
  /** Old points by table, for the next retention period. */
  private readonly old = new Map<string, Batch[]>();
  private number = 0;

  /** In another database. */
  reset(): void {
    this.asked = [];
    this.gone = [];
    this.doomed.clear();
    this.old.clear();
  }

  async run(client: StormClient): Promise<void> {
    while (!client.isEnding) {
      const kind = client.random();
      if (kind < 0.5) await this.deleteRows(client);
      else if (kind < 0.8) await this.deleteTable(client);
      else await this.setRetention(client);
      await this.follow(client);
      await this.rewrite(client);
      await client.pause(client.random() * 100);
    }
  }

  /** Nothing is pending any more: what was promised must have happened. */
  settle(): void {
    this.note(this.asked);
    this.asked = [];
  }

  private async deleteRows(client: StormClient): Promise<void> {
    const batch = client.newBatch(`shared${Math.floor(client.random() * 5)}`);
    await client.write(batch);
    if (batch.request.fate !== 'acknowledged') return;
    if (client.random() < 0.3) {
      batch.update = 'unknown';
      batch.update = await client.send(updateLines(batch));
    }
    // Sometimes the rows are still in memory, sometimes in the engine.
    if (client.random() < 0.3) await client.pause(client.random() * 500);
    batch.removal = 'unknown';
    const first = batch.firstTime!;
    const answer = await client.call('POST', '/api/v3/row_delete_requests', {
      db: client.database,
      table: batch.table,
      min_time: rfc3339(first),
      max_time: rfc3339(first + BigInt(batch.size)),
    });
    if (answer.fate === 'refused') batch.removal = 'refused';
    if (answer.fate !== 'acknowledged') return;
    this.asked.push({ batch, sequence: (JSON.parse(answer.text) as { sequence: number }).sequence });
  }

  /** Learns what is carried out by now. */
  private async follow(client: StormClient): Promise<void> {
    const pending = this.asked.length === 0 ? undefined : await pendingDeletes(client);
    if (pending === undefined) return;
    this.note(this.asked.filter(({ sequence }) => !pending.has(sequence)));
    this.asked = this.asked.filter(({ sequence }) => pending.has(sequence));
  }

  private note(done: readonly { readonly batch: Batch }[]): void {
    for (const { batch } of done) {
      batch.removal = 'acknowledged';
      this.gone.push(batch);
    }
    this.counts.rowDeletes += done.length;
  }

  /** Of a deleted batch at most one is written again, at the same times. */
  private async rewrite(client: StormClient): Promise<void> {
    const batch = this.gone.pop();
    if (batch === undefined || client.isEnding) return;
    const again = client.newBatch(batch.table, batch.firstTime!);
    await client.write(again);
    if (again.request.fate === 'acknowledged') this.counts.rewritten++;
  }

  private async deleteTable(client: StormClient): Promise<void> {
    const table = `doomed${this.number++ % DOOMED_TABLES}`;
    // Not all of them are of now: a life may have ended between the writes and the deletion.
    const batches = (this.doomed.get(table) ?? []).filter(({ removal }) => removal !== 'acknowledged');
    this.doomed.set(table, batches);
    for (let count = 1 + Math.floor(client.random() * 4); count > 0; count--) {
      const batch = client.newBatch(table);
      batches.push(batch);
      await client.write(batch);
      if (client.random() < 0.3) await client.pause(client.random() * 300);
    }
    const isThere = batches.some(({ request }) => request.fate === 'acknowledged');
    if (!isThere || client.isEnding) return;
    for (const batch of batches) batch.removal = 'unknown';
    const how = client.random() < 0.3 ? 'data_only=true' : 'hard_delete_at=now';
    const path = `/api/v3/configure/table?db=${client.database}&table=${table}&${how}`;
    // A refused one may have been decided in the catalog already: it is gone or it is not.
    if ((await client.call('DELETE', path)).fate !== 'acknowledged') return;
    for (const batch of batches) batch.removal = 'acknowledged';
    this.counts.tables++;
  }

  private async setRetention(client: StormClient): Promise<void> {
    const table = `aged${Math.floor(client.random() * AGED_TABLES)}`;
    const young = client.newBatch(table);
    await client.write(young);
    const old = client.newBatch(table, young.firstTime! - OLDER_BY_NS);
    const all = [...(this.old.get(table) ?? []), old];
    this.old.set(table, all);
    // Where a period is in force already it is never seen.
    old.removal = 'unknown';
    await client.write(old);
    if (young.request.fate !== 'acknowledged' || client.isEnding) return;
    for (const batch of all) if (batch.removal !== 'acknowledged') batch.removal = 'unknown';
    const period = oneOf(client.random, RETENTION_PERIODS);
    const query = `db=${client.database}&table=${table}&duration=${period}`;
    const path = `/api/v3/enterprise/configure/table/retention_period?${query}`;
    if ((await client.call('POST', path)).fate !== 'acknowledged') return;
    for (const batch of all) batch.removal = 'acknowledged';
    this.counts.retentions++;
  }
}

function rfc3339(timeNs: bigint): string {
  const seconds = new Date(Number(timeNs / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(timeNs % 1_000_000_000n).padStart(9, '0')}Z`;
}
