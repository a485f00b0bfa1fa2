/**
 * One writer of a table with caches in memory, who asks them after each answer: the newest point of a key is the one
 * that was acknowledged last, through faults, row deletes, kills and restarts; and what they show is in the table.
 */
import type { Fate } from './ledger.ts';
import { pendingDeletes, type StormClient } from './storm-client.ts';

const KEYS = 12;
const FIRST_TIME = 1_735_689_600_000_000_000n;
/** No clock of a storm makes a point older than that. */
const MAXIMUM_AGE_S = 5_000_000_000;
const COMPARE_EVERY = 10;

export class CacheWatch {
  reads = 0;
  fromMemory = 0;
  deletes = 0;
  /** What the newest point of a key may be; null: the key is not there. */
  private readonly newest = new Map<string, (number | null)[]>();
  /** A delete of these keys was promised. */
  private readonly doomed = new Set<string>();
  private next = 1;
  private steps = 0;

  reset(): void {
    this.newest.clear();
    this.doomed.clear();
  }

  async run(client: StormClient): Promise<void> {
    if (!(await this.makeCaches(client))) return;
    await this.compare(client);
    while (!client.isEnding) {
      const key = `k${Math.floor(client.random() * KEYS)}`;
      if (client.random() < 0.05) await this.deleteKey(client, key);
      else await this.write(client, key);
      await this.readKey(client, key);
      if (++this.steps % COMPARE_EVERY === 0) await this.compare(client);
      await client.pause(client.random() * 30);
    }
  }

  /** Nothing is pending any more: what was promised must have happened. */
  settle(): void {
    for (const key of this.doomed) this.newest.set(key, [null]);
    this.doomed.clear();
  }

  private async makeCaches(client: StormClient): Promise<boolean> {
    const body = { db: client.database, table: 'cached' };
    const last = { ...body, key_columns: ['k'], ttl: MAXIMUM_AGE_S };
    const distinct = { ...body, columns: ['k'], max_age: MAXIMUM_AGE_S };
    const make = (kind: string, definition: object) => async () =>
      (await client.call('POST', `/api/v3/configure/${kind}_cache`, definition, [409])).fate;
    const steps = [() => this.write(client, 'k0'), make('last', last), make('distinct', distinct)];
    for (const step of steps) {
      while ((await step()) !== 'acknowledged') {
        if (client.isEnding) return false;
        await client.pause(20);
      }
    }
    return true;
  }

  private async write(client: StormClient, key: string): Promise<Fate> {
    const number = this.next++;
    const before = this.newest.get(key) ?? [null];
    this.newest.set(key, [...before, number]);
    const fate = await client.send(`cached,k=${key} n=${number}i ${FIRST_TIME + BigInt(number) * 1000n}`);
    if (fate !== 'unknown') this.newest.set(key, fate === 'acknowledged' ? [number] : before);
    return fate;
  }

  /** Nothing is written to the key until it has happened. */
  private async deleteKey(client: StormClient, key: string): Promise<void> {
    const before = this.newest.get(key) ?? [null];
    this.newest.set(key, [null, ...before]);
    const body = { db: client.database, table: 'cached', all_time: true, delete_predicate: `k = '${key}'` };
    const answer = await client.call('POST', '/api/v3/row_delete_requests', body);
    if (answer.fate === 'refused') this.newest.set(key, before);
    if (answer.fate !== 'acknowledged') return;
    this.doomed.add(key);
    const { sequence } = JSON.parse(answer.text) as { sequence: number };
    while (!client.isEnding) {
      const pending = await pendingDeletes(client);
      if (pending !== undefined && !pending.has(sequence)) {
        this.newest.set(key, [null]);
        this.doomed.delete(key);
        this.deletes++;
        return;
      }
      await client.pause(50);
    }
  }

  private async readKey(client: StormClient, key: string): Promise<void> {
    const rows = await client.query(`SELECT n FROM last_cache('cached') WHERE k = '${key}'`);
    if (rows === undefined) return;
    this.check(client, key, (rows[0]?.n as number | undefined) ?? null, 'the cache');
    this.reads++;
  }

  private async compare(client: StormClient): Promise<void> {
    const last = await client.query("SELECT k, n FROM last_cache('cached')");
    const distinct = await client.query("SELECT k FROM distinct_cache('cached')");
    const table = await client.query('SELECT k, max(n) AS n FROM cached GROUP BY k');
    const explained = await client.query("EXPLAIN SELECT count(*) AS n FROM last_cache('cached')");
    if (explained !== undefined && !/row_number/i.test(JSON.stringify(explained))) this.fromMemory++;
    for (const [what, rows] of Object.entries({ last, table })) {
      if (rows === undefined) continue;
      const shown = new Map(rows.map(({ k, n }) => [k as string, n as number]));
      for (const key of this.newest.keys()) this.check(client, key, shown.get(key) ?? null, what);
    }
    const keys = distinct && new Set(distinct.map(({ k }) => k as string));
    if (keys === undefined) return;
    for (const [key, allowed] of this.newest) {
      const isRight = keys.has(key) ? allowed.some((number) => number !== null) : allowed.includes(null);
      if (!isRight) client.fail(`the distinct cache ${keys.has(key) ? 'has' : 'lacks'} ${key}: ${allowed}`);
    }
  }

  private check(client: StormClient, key: string, shown: number | null, what: string): void {
    const allowed = this.newest.get(key) ?? [null];
    if (!allowed.includes(shown)) client.fail(`${what} shows ${shown} for ${key}, not one of ${allowed}`);
    // A delete may still be on its way; a write whose answer was lost is decided by what is seen.
    if (!this.doomed.has(key) && !allowed.includes(null)) this.newest.set(key, [shown]);
  }
}
