/**
 * The real server in a storm: kill -9, clean restarts, a full disk, new tables and columns, all while several
 * connections write and read. Afterwards, and after each restart: every acknowledged batch is there whole,
 * every refused one is not, and one whose answer was lost is there whole or not at all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/server.ts';
import type { SmallDisk } from '../support/small-disk.ts';

export interface StormOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly dataDir: string;
  /** What `dataDir` lies on, when it can be filled. */
  readonly disk: SmallDisk | undefined;
  readonly report: (line: string) => void;
}

export interface StormResult {
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  readonly kills: number;
  readonly fullDisks: number;
  readonly reads: number;
  readonly peakMegabytes: number;
}

type Fate = 'acknowledged' | 'refused' | 'unknown';

interface Batch {
  readonly id: string;
  readonly table: string;
  readonly writer: number;
  readonly size: number;
  readonly firstTime: bigint;
  fate: Fate;
  /** A second write gave each of its points the field `u`. */
  update: Fate | undefined;
}

const WRITERS = 4;
const SHARED_TABLES = 5;

export async function storm(options: StormOptions): Promise<StormResult> {
  return new Storm(options).run();
}

class Storm {
  private readonly options: StormOptions;
  private readonly random: () => number;
  private readonly batches: Batch[] = [];
  private server!: TestServer;
  private isEnding = false;
  private isDiskFull = false;
  private nextTime = 1_735_689_600_000_000_000n;
  private kills = 0;
  private fullDisks = 0;
  private reads = 0;
  private peakMegabytes = 0;

  constructor(options: StormOptions) {
    this.options = options;
    this.random = generator(options.seed);
  }

  async run(): Promise<StormResult> {
    const endsAt = Date.now() + this.options.seconds * 1000;
    while (Date.now() < endsAt) await this.round();
    await this.start();
    await this.checkAll();
    await this.stop();
    const count = (fate: Fate) => this.batches.filter((batch) => batch.fate === fate).length;
    const { kills, fullDisks, reads, peakMegabytes } = this;
    return {
      acknowledged: count('acknowledged'),
      refused: count('refused'),
      unknown: count('unknown'),
      kills,
      fullDisks,
      reads,
      peakMegabytes,
    };
  }

  /** One life of the server. */
  private async round(): Promise<void> {
    await this.start();
    await this.checkAll();
    this.isEnding = false;
    const clients = [...Array.from({ length: WRITERS }, (_, writer) => this.write(writer)), this.read()];
    await pause(200 + this.random() * 1500);
    if (this.options.disk !== undefined && this.random() < 0.5) await this.fillDisk(this.options.disk);
    const isKilled = this.random() < 0.7;
    this.options.report(`${isKilled ? 'kill' : 'stop'} after ${this.batches.length} batches`);
    this.notePeak();
    if (isKilled) {
      this.kills++;
      this.isEnding = true;
      await this.server.kill();
    } else {
      this.isEnding = true;
      await Promise.all(clients);
      await this.stop();
    }
    await Promise.all(clients);
  }

  private async start(): Promise<void> {
    this.server = await startTestServer({ dataDir: this.options.dataDir, args: ['--without-auth'] });
  }

  private async stop(): Promise<void> {
    this.notePeak();
    const code = await this.server.stop();
    if (code !== 0) this.fail(`the server ended with ${code}:\n${this.server.log()}`);
  }

  private async fillDisk(disk: SmallDisk): Promise<void> {
    this.fullDisks++;
    this.isDiskFull = true;
    const before = this.batches.length;
    disk.fill();
    await pause(500 + this.random() * 500);
    disk.free();
    const refused = this.batches.slice(before).filter(({ fate }) => fate === 'refused').length;
    this.options.report(`full disk: ${refused} of ${this.batches.length - before} batches refused`);
    // No restart: it must take writes again by itself.
    const recovered = this.batches.length;
    const deadline = Date.now() + 10_000;
    while (!this.batches.slice(recovered + WRITERS).some(({ fate }) => fate === 'acknowledged')) {
      if (Date.now() > deadline)
        this.fail(`no write was taken after the disk was free:\n${this.server.log()}`);
      await pause(20);
    }
    this.isDiskFull = false;
  }

  private async write(writer: number): Promise<void> {
    const own: Batch[] = [];
    while (!this.isEnding) {
      const old = own[Math.floor(this.random() * own.length)];
      if (
        old !== undefined &&
        old.update === undefined &&
        old.fate === 'acknowledged' &&
        this.random() < 0.2
      ) {
        old.update = 'unknown';
        old.update = await this.send(lines(old, 'u=2i'));
        continue;
      }
      const batch = this.newBatch(writer);
      this.batches.push(batch);
      own.push(batch);
      batch.fate = await this.send(lines(batch, this.fieldsOf(batch)));
      if (batch.fate === 'refused') await pause(5);
    }
  }

  private newBatch(writer: number): Batch {
    const size = 1 + Math.floor(this.random() * 30);
    const isNewTable = this.random() < 0.03;
    const table = isNewTable
      ? `new${this.batches.length}`
      : `shared${Math.floor(this.random() * SHARED_TABLES)}`;
    const firstTime = this.nextTime;
    this.nextTime += 1_000_000n;
    return {
      id: `b${this.batches.length}`,
      table,
      writer,
      size,
      firstTime,
      fate: 'unknown',
      update: undefined,
    };
  }

  private fieldsOf(batch: Batch): string {
    const newColumn = this.random() < 0.02 ? `,extra${Math.floor(this.random() * 20)}=1i` : '';
    return `batch="${batch.id}",n=${batch.size}i${newColumn}`;
  }

  private async send(body: string): Promise<Fate> {
    let response: Response;
    try {
      response = await fetch(`${this.server.url}/api/v3/write_lp?db=storm`, { method: 'POST', body });
      const text = await response.text();
      if (response.status === 204) return 'acknowledged';
      const isRefusal = response.status === 503 || response.status === 429;
      if (isRefusal && (this.isDiskFull || this.isEnding)) return 'refused';
      this.fail(`${response.status} ${text}\n${this.server.log()}`);
    } catch (error) {
      if (error instanceof StormFailure || !this.isEnding) throw error;
      return 'unknown';
    }
  }

  /** Readers see at once what was acknowledged. */
  private async read(): Promise<void> {
    while (!this.isEnding) {
      const batch = this.batches[Math.floor(this.random() * this.batches.length)];
      if (batch?.fate !== 'acknowledged' || this.isDiskFull) {
        await pause(5);
        continue;
      }
      try {
        const rows = await this.query(`SELECT count(*) AS c FROM ${batch.table} WHERE batch = '${batch.id}'`);
        if (rows !== undefined && rows[0]?.c !== batch.size) {
          this.fail(`batch ${batch.id} of ${batch.size} points: a reader sees ${rows[0]?.c}`);
        }
        this.reads++;
      } catch (error) {
        if (error instanceof StormFailure || !this.isEnding) throw error;
      }
    }
  }

  /** undefined: refused while the disk was full or the server went away. */
  private async query(q: string): Promise<Record<string, number | string>[] | undefined> {
    const response = await fetch(`${this.server.url}/api/v3/query_sql`, {
      method: 'POST',
      body: JSON.stringify({ db: 'storm', q, format: 'json' }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    if (this.isDiskFull || this.isEnding) return undefined;
    return this.fail(`${response.status} ${text} for ${q}\n${this.server.log()}`);
  }

  private async checkAll(): Promise<void> {
    this.isEnding = false;
    const tables = Map.groupBy(this.batches, ({ table }) => table);
    const present = await this.presentTables();
    for (const [table, batches] of tables) {
      const expected = batches.filter(({ fate }) => fate === 'acknowledged');
      if (!present.has(table)) {
        if (expected.length > 0) this.fail(`table ${table} is lost`);
        continue;
      }
      const u = present.get(table)!.has('u') ? 'sum(u)' : 'NULL';
      const rows = (await this.query(
        `SELECT batch, count(*) AS c, min(n) AS n, ${u} AS u FROM ${table} GROUP BY batch`,
      ))!;
      const byId = new Map(rows.map((row) => [row.batch as string, row]));
      for (const batch of batches) this.checkBatch(batch, byId.get(batch.id));
    }
  }

  private checkBatch(batch: Batch, row: Record<string, number | string> | undefined): void {
    const count = row?.c ?? 0;
    const allowed = { acknowledged: [batch.size], refused: [0], unknown: [0, batch.size] }[batch.fate];
    if (!allowed.includes(count as number)) {
      this.fail(
        `${batch.fate} batch ${batch.id} of ${batch.size} points in ${batch.table}: ${count} are there`,
      );
    }
    // What a restart found stays.
    if (batch.fate === 'unknown') batch.fate = count === 0 ? 'refused' : 'acknowledged';
    const whole = batch.size * 2;
    const sum = row?.u ?? 0;
    const sums = { acknowledged: [whole], refused: [0], unknown: [0, whole], none: [0] }[
      batch.update ?? 'none'
    ];
    if (!sums.includes(sum as number)) {
      this.fail(`${batch.update} update of batch ${batch.id} in ${batch.table}: ${sum} of ${whole}`);
    }
    if (batch.update === 'unknown') batch.update = sum === 0 ? 'refused' : 'acknowledged';
  }

  /** Columns by table. */
  private async presentTables(): Promise<Map<string, Set<string>>> {
    if (this.batches.length === 0) return new Map();
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
    throw new StormFailure(`seed ${this.options.seed}: ${message}`);
  }
}

class StormFailure extends Error {}

function lines(batch: Batch, fields: string): string {
  return Array.from({ length: batch.size }, (_, index) => {
    return `${batch.table},w=w${batch.writer} ${fields} ${batch.firstTime + BigInt(index)}`;
  }).join('\n');
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A small deterministic generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
