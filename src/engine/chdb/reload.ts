/**
 * Has the engine read tables from the disk again, as a start does: a part that is not whole there is put aside, and
 * what it was merged from, which lies there for two minutes more (`old_parts_lifetime`), takes its place. Needs no
 * space, and gives back what the broken part took.
 */
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Session } from 'chdb';
import type { Logger } from '../../telemetry/logger.ts';
import { EngineError } from '../engine.ts';
import { quoteIdentifier } from '../quote-identifier.ts';
import { stringLiteral } from '../string-literal.ts';
import { mendEmptyFiles } from './empty-files.ts';
import type { Lane } from './lane.ts';
import { runStatement } from './run-statement.ts';
import { namesIn, storeDirectory } from './store.ts';
import { surplusParts } from './surplus-parts.ts';

export interface ReloadParts {
  readonly control: Lane<Session>;
  /** Everything that other statements run on. */
  readonly working: readonly Pick<Lane<unknown>, 'claimAll'>[];
  /** Ends what runs, but for inserts and changes of tables, which are soon over. */
  interrupt(isReading: boolean): void;
  readonly logger: Logger;
}

/** Then queries that still run are ended. */
const PATIENCE_MS = 3000;
const MERGES_MS = 60_000;
const ATTACH_MS = 20_000;
const PAUSE_MS = 50;
/** So soon after a merge everything that it was made of lies there. */
const SURE_MS = 60_000;
/** Parts that are older by so much than the last proof are looked at, too: their times are whole seconds. */
const MARGIN_SECS = 10;
/** By path: a part of the same name may come again. */
const CACHES = ['MARK', 'UNCOMPRESSED', 'INDEX MARK', 'INDEX UNCOMPRESSED', 'PRIMARY INDEX'];

interface Table {
  readonly database: string;
  readonly table: string;
  /** Both, quoted. */
  readonly name: string;
  readonly directory: string;
}

export class Reload {
  private readonly parts: ReloadParts;
  /** Those that the engine does not have just now. */
  private detached: Table[] = [];

  constructor(parts: ReloadParts) {
    this.parts = parts;
  }

  /** Writes that the disk did not take, since this process began. */
  async countFailedWrites(): Promise<number> {
    const [row] = await this.rows(
      "SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'",
    );
    // Not among the events before the first one.
    return Number(row?.value ?? 0);
  }

  /** Of all tables that got a part within the time. Resolves with the number of failed writes until then. */
  async run(withinMs: number): Promise<number> {
    await this.command('SYSTEM STOP MERGES');
    try {
      const release = await this.standstill();
      try {
        if (!(await isSoon(MERGES_MS, async () => (await this.merges()) === 0))) {
          throw new EngineError('time', 'merges do not stop');
        }
        const count = await this.countFailedWrites();
        const tables = await this.tables(withinMs);
        const before = new Set(tables.flatMap(putAside));
        try {
          for (const table of tables) await this.detach(table);
          for (const cache of CACHES) await this.command(`SYSTEM DROP ${cache} CACHE`);
        } finally {
          await this.attachAll();
        }
        const broken = tables.flatMap(putAside).filter((path) => !before.has(path));
        if (withinMs < SURE_MS) for (const table of tables) await this.removeSurplus(table, broken);
        this.parts.logger.warn(
          { tables: tables.map(({ name }) => name), broken },
          'the disk was full or failed and did not take everything: tables were read from it again',
        );
        return count;
      } finally {
        release();
      }
    } finally {
      await this.command('SYSTEM START MERGES');
    }
  }

  /** Nothing runs in the engine any more but this. */
  private async standstill(): Promise<() => void> {
    const { working, interrupt } = this.parts;
    interrupt(false);
    const timer = setInterval(() => interrupt(true), PATIENCE_MS);
    const claims = await Promise.allSettled(working.flatMap((lane) => lane.claimAll()));
    clearInterval(timer);
    const release = () => {
      for (const claim of claims) if (claim.status === 'fulfilled') claim.value();
    };
    const refused = claims.find((claim) => claim.status === 'rejected');
    if (refused === undefined) return release;
    release();
    throw refused.reason;
  }

  private async merges(): Promise<number> {
    const [row] = await this.rows('SELECT count() AS count FROM system.merges');
    return Number(row!.count);
  }

  private async tables(withinMs: number): Promise<Table[]> {
    const seconds = Math.ceil(withinMs / 1000) + MARGIN_SECS;
    const rows = await this.rows(
      "SELECT database, table, any(path) AS path FROM system.parts WHERE active AND database != 'system' " +
        // The clock may have been set back meanwhile.
        `AND (modification_time >= now() - ${seconds} OR modification_time > now()) GROUP BY database, table`,
    );
    return rows.map(({ database, table, path }) => ({
      database: String(database),
      table: String(table),
      name: `${quoteIdentifier(String(database))}.${quoteIdentifier(String(table))}`,
      directory: dirname(String(path)),
    }));
  }

  /** A full disk needs the space, and there is nothing in them that is not in the table. */
  private async removeSurplus(
    { database, table, directory }: Table,
    broken: readonly string[],
  ): Promise<void> {
    const paths = broken.filter((path) => dirname(dirname(path)) === directory);
    if (paths.length === 0) return;
    const rows = await this.rows(
      'SELECT partition_id, min_block_number, max_block_number FROM system.parts WHERE active ' +
        `AND database = ${stringLiteral(database)} AND table = ${stringLiteral(table)}`,
    );
    const active = rows.map((row) => ({
      partition: String(row.partition_id),
      from: Number(row.min_block_number),
      to: Number(row.max_block_number),
    }));
    for (const part of surplusParts(
      paths.map((path) => basename(path)),
      active,
    )) {
      await rm(join(directory, 'detached', part), { recursive: true });
    }
  }

  private async detach(table: Table): Promise<void> {
    await this.command(`DETACH TABLE ${table.name}`);
    this.detached.push(table);
  }

  private async attachAll(): Promise<void> {
    let failure: unknown;
    for (const table of [...this.detached]) {
      await this.attach(table).catch((error: unknown) => {
        failure ??= error;
      });
    }
    if (failure !== undefined) throw failure;
  }

  private async attach(table: Table): Promise<void> {
    mendEmptyFiles(storeDirectory(table.directory), this.parts.logger);
    let problem: unknown;
    // Until nothing of the engine holds on to the table as it was.
    const isAttached = await isSoon(ATTACH_MS, async () => {
      try {
        await this.command(`ATTACH TABLE IF NOT EXISTS ${table.name}`);
        return true;
      } catch (error) {
        problem = error;
        return false;
      }
    });
    if (!isAttached) throw problem;
    this.detached = this.detached.filter((each) => each !== table);
  }

  private command(sql: string): Promise<void> {
    return this.parts.control.use((session) => runStatement(session, sql));
  }

  private rows(sql: string): Promise<Record<string, string | number>[]> {
    return this.parts.control.use(async (session) => {
      const result = await session.queryAsync(sql, { format: 'JSONEachRow' });
      return result
        .text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, string | number>);
    });
  }
}

/** Paths of broken parts. */
function putAside({ directory }: Table): string[] {
  const detached = join(directory, 'detached');
  return namesIn(detached)
    .filter((name) => name.startsWith('broken'))
    .map((name) => join(detached, name));
}

/** Whether it comes true within the time. */
async function isSoon(timeMs: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + timeMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return false;
    await setTimeout(PAUSE_MS);
  }
  return true;
}
