/**
 * Changes of tables on a disk that gets full (see `write-proof.ts`): they leave a definition that is empty or cut off,
 * from which no further change and no start goes on. So a change needs free space first; and as others may take it a
 * moment later, the file of before stays under another name until the new one is there. That and going back to it
 * take no space.
 */
import { renameSync } from 'node:fs';
import { link, readFile, rename, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import { EngineError } from '../engine.ts';
import { isWhole, readDefinition } from './definitions.ts';
import { namesIn } from './store.ts';

/** Far more than a definition needs: others write to the same disk meanwhile. */
const NEEDED_BYTES = 16 * 2 ** 20;

const DEFINES = /^\s*(?:CREATE|ALTER)\b/i;
/** As our printers write it, names being plain. */
const TABLE = /^\s*(?:CREATE\s+TABLE(?:\s+IF\s+NOT\s+EXISTS)?|ALTER\s+TABLE)\s+`?(\w+)`?\.`?(\w+)`?/i;

export class DiskGuard {
  private readonly enginePath: string;
  private readonly keptPath: string;
  private nextKept = 0;

  /** `keptPath`: a directory on the same disk for the files of before. */
  constructor(enginePath: string, keptPath: string) {
    this.enginePath = enginePath;
    this.keptPath = keptPath;
  }

  /** Runs a statement. One that could find the disk full, or did, throws `down`. What drops things gives space back. */
  async run(sql: string, statement: () => Promise<void>): Promise<void> {
    if (!DEFINES.test(sql)) return statement();
    const freeBytes = await this.freeBytes();
    if (freeBytes < NEEDED_BYTES) throw full(`${freeBytes} bytes are free, ${NEEDED_BYTES} are needed`);
    const [, database, table] = TABLE.exec(sql) ?? [];
    if (database === undefined || table === undefined) return statement();
    const path = definitionPath(this.enginePath, database, table);
    const kept = join(this.keptPath, `${database}.${table}.${this.nextKept++}`);
    const isKept = await link(path, kept).then(
      () => true,
      () => false,
    );
    let isBroken = false;
    try {
      await statement();
    } finally {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      isBroken = text !== undefined && !isWhole(text);
      // A new table whose definition is broken has no rows: it is dropped before it is made again, or at the next start.
      if (isKept) await (isBroken ? rename(kept, path) : unlink(kept));
    }
    if (isBroken) throw full(`the definition of ${table} could not be written`);
  }

  private async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.enginePath);
    return bavail * bsize;
  }
}

/** Before the engine opens: goes back to definitions of before, where a process ended in the middle of a change. */
export function restoreDefinitions(enginePath: string, keptPath: string, logger: Logger): void {
  for (const name of namesIn(keptPath)) {
    const [database, table] = name.split('.');
    const path = definitionPath(enginePath, database!, table!);
    const text = readDefinition(path);
    if (text === undefined || isWhole(text)) continue;
    renameSync(join(keptPath, name), path);
    logger.warn({ path }, 'went back to the definition of before one that a full disk left broken');
  }
}

const definitionPath = (enginePath: string, database: string, table: string) =>
  join(enginePath, 'metadata', database, `${table}.sql`);

const full = (what: string) => new EngineError('down', `the disk is full: ${what}`);
