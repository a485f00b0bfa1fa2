/**
 * The engine in this process, with its own defaults: no HTTP, no other thread in between. It opens a copy of a
 * server's data, so that it can be asked in turn with the server.
 */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session } from 'chdb';
import { FORMATS, type Format } from './formats.ts';

export class EngineAlone {
  private readonly copy = mkdtempSync(join(tmpdir(), 'bench-engine-'));
  private readonly session: Session;

  constructor(dataDir: string) {
    copyTree(join(dataDir, 'engine'), join(this.copy, 'engine'));
    const { Session: SessionClass } = createRequire(import.meta.url)('chdb') as { Session: typeof Session };
    const config = `--config-file=${join(dataDir, 'engine.xml')}`;
    this.session = new SessionClass(join(this.copy, 'engine'), { connectionArgs: [config] });
  }

  /** A statement as it is, as JSON lines. */
  async ask(sql: string): Promise<Buffer | Uint8Array> {
    const settings = 'max_threads = 2, allow_experimental_correlated_subqueries = 1';
    return (await this.session.queryAsync(`${sql} SETTINGS ${settings}`, { format: 'JSONEachRow' })).bytes();
  }

  /** Seconds to write all rows in a format, to nowhere: whole in memory they would not fit. */
  async formatSeconds(format: Format, sql: string): Promise<number> {
    const started = performance.now();
    await this.session.queryAsync(
      `INSERT INTO FUNCTION file('/dev/null', '${FORMATS[format]}') ${sql} SETTINGS max_threads = 2, engine_file_allow_create_multiple_files = 0`,
      { format: 'Null' },
    );
    return (performance.now() - started) / 1000;
  }

  close(): void {
    this.session.close();
    rmSync(this.copy, { recursive: true, force: true });
  }
}

/** Files of parts never change, and both read the same pages of the disk's cache: they are linked, not copied. */
function copyTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isDirectory()) copyTree(source, target);
    else if (/\.(bin|mrk\d?|cmrk\d?)$/.test(entry.name)) linkSync(source, target);
    else copyFileSync(source, target);
  }
}
