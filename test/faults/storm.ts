/**
 * The real server in a storm: kill -9, clean restarts, and all weathers of `weather.ts`, while several connections
 * write and read. Afterwards, and after each restart: every acknowledged batch is there whole, every refused one
 * is not, and one whose answer was lost is there whole or not at all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { IngestLimits } from '../../src/ingest/limits.ts';
import type { Faults } from '../support/faulty-server/faults.ts';
import { type FaultyServer, startFaultyServer } from '../support/faulty-server/start.ts';
import { between, oneOf, type Random, seededRandom, shuffled } from '../support/seeded-random.ts';
import type { SmallDisk } from '../support/small-disk.ts';
import { CacheWatch } from './cache-watch.ts';
import {
  type Batch,
  batchLines,
  doubledLines,
  type Fate,
  NARROW,
  type Request,
  settle,
  updateLines,
} from './ledger.ts';
import { type RemovalCounts, Removals } from './removals.ts';
import { type Answer, pendingDeletes, type StormClient } from './storm-client.ts';
import { type Weather, weathers } from './weather.ts';

export interface StormOptions {
  readonly seed: number;
  readonly seconds: number;
  /** When it is not over by then, it fails. */
  readonly mostSeconds?: number;
  readonly dataDir: string;
  /** What `dataDir` lies on, when it can be filled. */
  readonly disk: SmallDisk | undefined;
  readonly report: (line: string) => void;
  /** Only these; absent = every one. */
  readonly weathers?: readonly string[] | undefined;
}

export interface StormResult {
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  readonly full: number;
  readonly kills: number;
  readonly stops: number;
  readonly falseStarts: number;
  readonly tables: number;
  readonly reads: number;
  readonly removals: RemovalCounts;
  /** Answers of caches that were held against what was acknowledged, and looks that found them in memory. */
  readonly cacheReads: number;
  readonly cachesInMemory: number;
  readonly peakMegabytes: number;
  /** While everything was looked at after a start. */
  readonly narrowReads: number;
  /** Requests refused, by weather that struck. */
  readonly weathers: Readonly<Record<string, number>>;
}

const WRITERS = 4;
const SHARED_TABLES = 5;
const NEW_TABLES = 200;
/** Then the storm goes on in another database and drops this one: a check must not take ever longer. */
const BATCHES_PER_DATABASE = 15_000;
const RECOVERY_MS = 15_000;
const REMOVALS_MS = 60_000;
/** A buffer that can be filled in a second, and sizes that take now this way through the write path, now that. */
const limits = (random: Random): Partial<IngestLimits> => ({
  bufferBytes: 2 * 2 ** 20,
  roomWaitMs: 1000,
  retryAfterMs: 100,
  chunkRows: oneOf(random, [200, 5000, 200_000]),
  chunkCells: oneOf(random, [20_000, 100_000, 2 ** 23]),
  flushAfterMs: oneOf(random, [50, 1000, 30_000]),
  lookUps: oneOf(random, [0, 100, 4000]),
  cleanAfterMs: oneOf(random, [50, 500, 10_000]),
  seriesBytes: oneOf(random, [2 ** 16, 2 ** 28]),
});
const LARGE_BATCH = 60;
/** Each of them could have points that the engine may hold twice. */
const FEW_TABLES = 20;
const PARALLEL_CHECKS = 6;

export async function storm(options: StormOptions): Promise<StormResult> {
  return new Storm(options).run();
}

class Storm {
  private readonly options: StormOptions;
  private readonly random: Random;
  private batches: Batch[] = [];
  private database = 0;
  private server!: FaultyServer;
  private hasServer = false;
  private isEnding = false;
  /** Requests may fail: grows when that begins and when it ends, so that it is even in good weather. */
  private weatherNumber = 0;
  private losesPages = false;
  private areBatchesLarge = false;
  private nextTime = 1_735_689_600_000_000_000n;
  private nextBatch = 0;
  private lives = 0;
  private deck: Weather[] = [];
  private readonly counts = { acknowledged: 0, refused: 0, unknown: 0, full: 0 };
  private readonly tables = new Set<string>();
  private readonly struck: Record<string, number> = {};
  private kills = 0;
  private falseStarts = 0;
  private stops = 0;
  private reads = 0;
  private readonly removals = new Removals();
  private readonly cacheWatch = new CacheWatch();
  private peakMegabytes = 0;
  private narrowReads = 0;

  constructor(options: StormOptions) {
    this.options = options;
    this.random = seededRandom(options.seed);
  }

  async run(): Promise<StormResult> {
    try {
      return await Promise.race([this.rage(), this.overdue()]);
    } catch (error) {
      this.isEnding = true;
      if (this.hasServer) await this.server.kill();
      throw error;
    }
  }

  private async overdue(): Promise<never> {
    const { mostSeconds = Number.POSITIVE_INFINITY } = this.options;
    const begunAtMs = Date.now();
    while (Date.now() - begunAtMs < mostSeconds * 1000) await setTimeout(1000, undefined, { ref: false });
    return this.fail(`not over after ${mostSeconds} s`);
  }

  private async rage(): Promise<StormResult> {
    const endsAt = Date.now() + this.options.seconds * 1000;
    const kinds = this.weathers().length;
    while (Date.now() < endsAt || Object.keys(this.struck).length < kinds || this.lacksSomething()) {
      await this.live();
    }
    await this.start();
    await this.checkAll();
    await this.stop();
    const { kills, falseStarts, stops, reads, peakMegabytes, narrowReads, counts, struck } = this;
    return {
      ...counts,
      ...{ kills, falseStarts, stops, reads, peakMegabytes, narrowReads },
      removals: this.removals.counts,
      cacheReads: this.cacheWatch.reads,
      cachesInMemory: this.cacheWatch.fromMemory,
      tables: this.tables.size,
      weathers: struck,
    };
  }

  /** On a busy machine some things happen late: a storm without them would show less than it says. */
  private lacksSomething(): boolean {
    const counts = Object.values(this.removals.counts);
    return [...counts, this.cacheWatch.reads, this.cacheWatch.fromMemory].includes(0);
  }

  private weathers(): Weather[] {
    const { disk, weathers: wanted } = this.options;
    return weathers(disk).filter(({ name }) => wanted?.includes(name) ?? true);
  }

  /** One life of the server. */
  private async live(): Promise<void> {
    await this.start();
    await this.checkAll();
    if (this.batches.length > BATCHES_PER_DATABASE) await this.changeDatabase();
    const clients = [
      ...Array.from({ length: WRITERS }, () => this.write()),
      ...Array.from({ length: 2 }, () => this.read()),
      this.removals.run(this.client),
      this.cacheWatch.run(this.client),
    ];
    // One that fails ends the storm at once.
    await Promise.race([Promise.all(clients), this.endure()]);
    this.notePeak();
    this.isEnding = true;
    if (this.random() < 0.7) {
      this.kills++;
      this.options.report(`kill -9 after ${this.nextBatch} batches`);
      await this.server.kill();
      await Promise.all(clients);
      if (this.losesPages) this.doubtUnpromised();
    } else {
      await Promise.all(clients);
      await this.stop();
    }
  }

  /** Several weathers, one after the other; sometimes the life ends in the middle of one. */
  private async endure(): Promise<void> {
    for (let count = 1 + Math.floor(this.random() * 4); count > 0; count--) {
      await pause(between(this.random, 50, 300));
      if (this.deck.length === 0) this.deck = shuffled(this.weathers(), this.random);
      const weather = this.deck.pop()!;
      const refused = this.counts.refused;
      if (!weather.isHarmless) this.weatherNumber++;
      if (weather.losesPages) this.losesPages = true;
      const isLast = count === 1 && this.random() < 0.2 && weather.name !== 'full disk';
      const isOver = this.strike(weather);
      if (isLast) {
        isOver.catch(() => undefined);
        await pause(between(this.random, 100, 400));
      } else {
        await isOver;
        if (!weather.isHarmless) await this.recover(weather);
      }
      const lost = this.counts.refused - refused;
      this.struck[weather.name] = (this.struck[weather.name] ?? 0) + lost;
      this.options.report(`${weather.name}${isLast ? ' to the end' : ''}: ${lost} requests refused`);
      if (isLast) return;
    }
  }

  private strike(weather: Weather): Promise<void> {
    const { random, server } = this;
    return weather.strike({
      random,
      disk: this.options.disk,
      pause,
      setFaults: (faults: Partial<Faults>) => server.setFaults(faults),
      setLargeBatches: (isOn) => {
        this.areBatchesLarge = isOn;
      },
      refused: () => this.counts.refused,
      full: () => this.counts.full,
      writeWide: (tables) => this.writeWide(tables),
    });
  }

  /** No restart: it must take writes and answer queries again by itself. */
  private async recover(weather: Weather): Promise<void> {
    const since = this.batches.length;
    const deadline = Date.now() + RECOVERY_MS;
    let canRead = false;
    while (!canRead || !this.batches.slice(since + WRITERS).some(isAcknowledged)) {
      if (Date.now() > deadline) this.fail(`no recovery from ${weather.name}`);
      await pause(20);
      canRead ||= (await this.query('SELECT 1')) !== undefined;
    }
    const ready = await fetch(`${this.server.url}/ready`);
    if (!ready.ok) this.fail(`recovered from ${weather.name}, and yet: ${await ready.text()}`);
    this.weatherNumber++;
  }

  private async start(): Promise<void> {
    if (this.random() < 0.3) await this.startInVain();
    this.server = await startFaultyServer(this.serverOptions());
    this.hasServer = true;
    this.options.report('started');
    this.isEnding = false;
    this.losesPages = false;
    this.areBatchesLarge = false;
    this.weatherNumber = 0;
  }

  private serverOptions() {
    return {
      dataDir: this.options.dataDir,
      args: ['--without-auth', '--row-delete-min-age', '0s'],
      seed: this.options.seed * 1000 + this.lives++,
      limits: limits(this.random),
    };
  }

  /** Killed while it reads the log, or refused by the disk or the engine: whatever it had begun, the next can. */
  private async startInVain(): Promise<void> {
    const isKilled = this.random() < 0.5;
    const faults: Partial<Faults> = isKilled
      ? {}
      : { syncFails: 0.3, writeFails: 0.3, insertFails: 0.5, queryFails: 0.2, commandFails: 0.2 };
    const delayMs = Math.floor(between(this.random, 100, 1500));
    const signal = isKilled ? AbortSignal.timeout(delayMs) : undefined;
    try {
      const server = await startFaultyServer({ ...this.serverOptions(), faults, ...(signal && { signal }) });
      await server.kill();
      this.options.report('a false start that came up all the same');
    } catch (error) {
      const text = String(error);
      this.options.report(isKilled ? 'killed while it started' : `refused to start: ${lastLine(text)}`);
      const hasReason = /Serve command failed: .*(again|check|disk|engine|start)/.test(text);
      if (!isKilled && !hasReason) throw new StormFailure(`seed ${this.options.seed}: no word why: ${text}`);
    }
    this.falseStarts++;
  }

  private async stop(): Promise<void> {
    this.notePeak();
    this.stops++;
    this.options.report(`stop after ${this.nextBatch} batches`);
    if (this.server.process.connected) await this.server.setFaults({});
    const code = await this.server.stop();
    if (code !== 0) this.fail(`the server ended with ${code}`);
  }

  /** A kill may take what no fsync covered when the disk had lost it before. */
  private doubtUnpromised(): void {
    for (const { isPromised, request } of this.batches) {
      if (!isPromised && request.fate === 'acknowledged') request.fate = 'unknown';
    }
  }

  private async changeDatabase(): Promise<void> {
    const old = `storm${this.database++}`;
    this.batches = [];
    this.removals.reset();
    this.cacheWatch.reset();
    this.options.report(`${old} is full and is dropped`);
    const url = `${this.server.url}/api/v3/configure/database?db=${old}&hard_delete_at=now`;
    const response = await fetch(url, { method: 'DELETE' });
    if (!response.ok) this.fail(`${response.status} ${await response.text()}`);
  }

  private async write(): Promise<void> {
    const own: Batch[] = [];
    while (!this.isEnding) {
      const old = own.splice(Math.floor(this.random() * own.length), this.random() < 0.2 ? 1 : 0)[0];
      if (old !== undefined && isAcknowledged(old)) {
        old.update = 'unknown';
        old.update = await this.send(updateLines(old), true);
        continue;
      }
      const batch = this.newBatch(this.tableName(), { fate: 'unknown' });
      this.batches.push(batch);
      if (batch.isPromised && batch.firstTime !== null) own.push(batch);
      await this.sendBatch(batch);
      if (batch.request.fate === 'refused') await pause(5);
    }
  }

  /** Some come twice in one request, and some in two requests at the same time. */
  private async sendBatch(batch: Batch): Promise<void> {
    const { request, isPromised, firstTime } = batch;
    const kind = firstTime === null ? 1 : this.random();
    if (kind < 0.1) return this.sendRequest(request, doubledLines(batch), isPromised);
    const lines = batchLines(batch, this.newColumn());
    if (kind > 0.15) return this.sendRequest(request, lines, isPromised);
    const fates = await Promise.all([this.send(lines, isPromised), this.send(lines, isPromised)]);
    request.fate =
      fates.find((fate) => fate === 'acknowledged') ?? fates.find((f) => f === 'unknown') ?? 'refused';
    this.counts[request.fate]++;
  }

  private async sendRequest(request: Request, lines: string, isPromised: boolean): Promise<void> {
    request.fate = await this.send(lines, isPromised);
    this.counts[request.fate]++;
  }

  private async writeWide(tables: number): Promise<void> {
    const request: Request = { fate: 'unknown' };
    const batches = Array.from({ length: tables }, (_, index) =>
      this.newBatch(`wide${index}`, request, true),
    );
    this.batches.push(...batches);
    await this.sendRequest(request, batches.map((batch) => batchLines(batch, '')).join('\n'), true);
  }

  private tableName(): string {
    const kind = this.random();
    if (kind < 0.03) return `new${Math.floor(this.random() * NEW_TABLES)}`;
    return kind < 0.15 ? 'untimed' : `shared${Math.floor(this.random() * SHARED_TABLES)}`;
  }

  private newBatch(
    table: string,
    request: Request,
    isPromised = this.random() < 0.8,
    givenTime?: bigint,
  ): Batch {
    const size = (1 + Math.floor(this.random() * 30)) * (this.areBatchesLarge ? LARGE_BATCH : 1);
    const firstTime = table === 'untimed' ? null : (givenTime ?? this.nextTime);
    this.nextTime += 1_000_000n;
    this.tables.add(table);
    const id = `b${this.nextBatch++}`;
    return { id, table, size, firstTime, isPromised, request, update: undefined, removal: undefined };
  }

  /** What `removals.ts` and `cache-watch.ts` see of the storm. */
  private get client(): StormClient {
    const storm = this;
    return {
      random: this.random,
      pause,
      get database() {
        return `storm${storm.database}`;
      },
      get isEnding() {
        return storm.isEnding;
      },
      newBatch: (table, firstTime) => {
        const batch = this.newBatch(table, { fate: 'unknown' }, true, firstTime);
        this.batches.push(batch);
        return batch;
      },
      write: (batch) => this.sendRequest(batch.request, batchLines(batch, ''), true),
      send: (lines) => this.send(lines, true),
      call: (...request) => this.call(...request),
      query: (q) => this.query(q),
      fail: (message) => this.fail(message),
    };
  }

  private async call(
    method: string,
    path: string,
    body?: object,
    alsoFine: readonly number[] = [],
  ): Promise<Answer> {
    const weather = this.weatherNumber;
    try {
      const response = await fetch(this.server.url + path, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      const { status } = response;
      const text = await response.text();
      if (response.ok || alsoFine.includes(status)) return { fate: 'acknowledged', status, text };
      this.checkRefusal(response, text, weather, `${method} ${path} ${JSON.stringify(body)}`);
      return { fate: 'refused', status, text };
    } catch (error) {
      if (error instanceof StormFailure || !this.isEnding) throw error;
      return { fate: 'unknown', status: 0, text: '' };
    }
  }

  private newColumn(): string {
    return this.random() < 0.02 ? `,extra${Math.floor(this.random() * 20)}=1i` : '';
  }

  private async send(body: string, isPromised: boolean): Promise<Fate> {
    const weather = this.weatherNumber;
    try {
      const path = `/api/v3/write_lp?db=storm${this.database}${isPromised ? '' : '&no_sync=true'}`;
      const response = await fetch(this.server.url + path, { method: 'POST', body });
      const text = await response.text();
      if (response.status === 204) return 'acknowledged';
      this.checkRefusal(response, text, weather, 'a write');
      return 'refused';
    } catch (error) {
      if (error instanceof StormFailure || !this.isEnding) throw error;
      return 'unknown';
    }
  }

  /** Refused in bad weather only, in words that help, and with nothing of the inside in them. */
  private checkRefusal(response: Response, text: string, weather: number, what: string): void {
    const isBad = (number: number) => number % 2 === 1;
    const isQuery = /^(SELECT|EXPLAIN)/.test(what);
    const isExpected =
      response.status === 503 || response.status === 429 || (isQuery && response.status === 500);
    const mayRefuse = isBad(weather) || isBad(this.weatherNumber) || this.isEnding;
    if (!isExpected || !mayRefuse) this.fail(`${what}: ${response.status} ${text}`);
    if (text === '' || /injected|Exception|\/tmp\/|\.wal|\.ts:/.test(text)) {
      this.fail(`${what} was refused with the text ${JSON.stringify(text)}`);
    }
    if (response.status !== 429) return;
    this.counts.full++;
    if (!/^[1-9]\d*$/.test(response.headers.get('retry-after') ?? '')) this.fail('429 without Retry-After');
  }

  /** Readers see at once what was acknowledged. */
  private async read(): Promise<void> {
    while (!this.isEnding) {
      const batch = this.batches[Math.floor(this.random() * this.batches.length)];
      const removal = batch?.removal;
      if (batch === undefined || !isAcknowledged(batch) || batch.table.startsWith('doomed')) {
        await pause(5);
        continue;
      }
      const narrow = this.random() < 0.5 ? '' : ` AND ${NARROW}`;
      const q = `SELECT count(*) AS c FROM ${batch.table} WHERE batch = '${batch.id}'${narrow}`;
      const rows = await this.query(q);
      if (rows === undefined) {
        await pause(5);
        continue;
      }
      // It was asked meanwhile to take it away, or is not yet known to be gone.
      if (batch.removal !== removal || removal === 'unknown') continue;
      if (rows[0]?.c !== (removal === 'acknowledged' ? 0 : batch.size)) {
        if (removal !== undefined) this.options.report(`removal: ${removal}`);
        this.fail(`batch ${batch.id} of ${batch.size} points: a reader sees ${rows[0]?.c}`);
      }
      this.reads++;
    }
  }

  /** undefined: refused in bad weather, or the server went away. */
  private async query(q: string): Promise<Record<string, number | string>[] | undefined> {
    const weather = this.weatherNumber;
    try {
      const response = await fetch(`${this.server.url}/api/v3/query_sql`, {
        method: 'POST',
        body: JSON.stringify({ db: `storm${this.database}`, q, format: 'json' }),
      });
      const text = await response.text();
      if (response.ok) return JSON.parse(text);
      // Not even the database outlived the first write.
      if (response.status === 404 && !this.batches.some(isAcknowledged)) return [];
      this.checkRefusal(response, text, weather, q);
      return undefined;
    } catch (error) {
      // A result that broke off in its middle, or a server that is gone.
      const isCut = weather % 2 === 1 && this.server.process.exitCode === null;
      if (error instanceof StormFailure || !(this.isEnding || isCut)) throw error;
      return undefined;
    }
  }

  private async checkAll(): Promise<void> {
    if (this.batches.length === 0) return;
    await this.removalsDone();
    const present = await this.presentTables();
    const tables = [...Map.groupBy(this.batches, ({ table }) => table)];
    const worker = async () => {
      for (let next = tables.pop(); next !== undefined; next = tables.pop()) {
        await this.checkTable(next[0], next[1], present.get(next[0]));
      }
    };
    const count = tables.length;
    this.options.report(`${count} tables are looked at`);
    await Promise.all(Array.from({ length: PARALLEL_CHECKS }, worker));
    const answered = await this.countNarrowReads();
    if (answered === 0 && count > FEW_TABLES) this.fail('nothing was answered past the engine');
    this.narrowReads += answered;
    this.options.report('all of them are as they should be');
  }

  /** Of this life of the server. */
  private async countNarrowReads(): Promise<number> {
    const text = await (await fetch(`${this.server.url}/metrics`)).text();
    return Number(/^sluice_narrow_reads_total (\d+)$/m.exec(text)?.[1]);
  }

  /** Row deletes that were promised are carried out after a restart, too. */
  private async removalsDone(): Promise<void> {
    const deadline = Date.now() + REMOVALS_MS;
    while ((await pendingDeletes(this.client))?.size !== 0) {
      if (Date.now() > deadline) this.fail('row deletes are pending for ever');
      await pause(50);
    }
    this.removals.settle();
    this.cacheWatch.settle();
  }

  private async checkTable(table: string, batches: readonly Batch[], columns: Set<string> | undefined) {
    const u = columns?.has('u') ? 'sum(u)' : 'NULL';
    const q = `SELECT batch, count(*) AS c, min(n) AS n, max(n) AS m, ${u} AS u FROM ${table} GROUP BY batch`;
    const rows = columns === undefined ? [] : (await this.query(q))!;
    const points = rows.reduce((sum, row) => sum + (row.c as number), 0);
    if (columns !== undefined) {
      const [few] = (await this.query(`SELECT count(*) AS c FROM ${table} WHERE ${NARROW}`))!;
      if (few?.c !== points) this.fail(`${table}: ${points} points, ${few?.c} where few are asked for`);
    }
    const byId = new Map(rows.map((row) => [row.batch as string, row]));
    for (const batch of batches) {
      const row = byId.get(batch.id);
      byId.delete(batch.id);
      const problem = settle(batch, row && { points: row.c as number, sum: (row.u ?? 0) as number });
      if (problem !== undefined) {
        this.fail(`${problem}\n${columns === undefined ? 'no such table' : await this.explain(batch)}`);
      }
      if (row && (row.n !== batch.size || row.m !== batch.size)) this.fail(`a field of ${batch.id} is wrong`);
    }
    if (byId.size > 0)
      this.fail(`${table} holds what nobody wrote: ${JSON.stringify([...byId.values()][0])}`);
  }

  /** The points at the batch's times that are not as they should be. */
  private async explain({ id, table, size, firstTime }: Batch): Promise<string> {
    if (firstTime === null) return '';
    const instant = (ns: bigint) => `to_timestamp_nanos(${ns})`;
    const where = `time >= ${instant(firstTime)} AND time < ${instant(firstTime + BigInt(size))}`;
    const rows = (await this.query(`SELECT * FROM ${table} WHERE ${where}`))!;
    return `${rows.length} points: ${JSON.stringify(rows.filter(({ batch, n }) => batch !== id || n !== size))}`;
  }

  /** Columns by table. */
  private async presentTables(): Promise<Map<string, Set<string>>> {
    const rows = (await this.query(
      "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'iox'",
    ))!;
    const tables = new Map<string, Set<string>>();
    for (const { table_name: table, column_name: column } of rows) {
      const columns = tables.get(table as string) ?? new Set();
      tables.set(table as string, columns.add(column as string));
    }
    return tables;
  }

  private notePeak(): void {
    try {
      const status = readFileSync(join('/proc', String(this.server.process.pid), 'status'), 'utf8');
      const megabytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
      this.peakMegabytes = Math.max(this.peakMegabytes, Math.round(megabytes));
    } catch {
      // It is gone already.
    }
  }

  private fail(message: string): never {
    throw new StormFailure(`seed ${this.options.seed}: ${message}\n${this.server.log().slice(-20_000)}`);
  }
}

class StormFailure extends Error {}

const isAcknowledged = ({ request }: Batch) => request.fate === 'acknowledged';

const lastLine = (text: string) => text.trim().split('\n').at(-1)!;

function pause(milliseconds: number): Promise<void> {
  return setTimeout(milliseconds);
}
