/** What lies where in the data directory, and that only one process works in it. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { serverErrors } from '../errors/index.ts';

export interface DataDirectory {
  readonly engine: string;
  readonly catalogFile: string;
  readonly log: string;
}

export function dataDirectory(path: string): DataDirectory {
  return {
    engine: join(path, 'engine'),
    catalogFile: join(path, 'catalog', 'catalog.sqlite'),
    log: join(path, 'wal'),
  };
}

/**
 * Takes the directory for this process; gives the call that frees it. Throws `data_directory_in_use` while
 * another process holds it. A holder that was killed holds nothing.
 */
export function lockDataDirectory(path: string): () => void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const file = join(path, 'lock');
  for (;;) {
    try {
      const descriptor = openSync(file, 'wx', 0o600);
      writeSync(descriptor, identityOf(process.pid) ?? String(process.pid));
      closeSync(descriptor);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = readFileSync(file, 'utf8');
      if (isAlive(holder)) throw serverErrors.dataDirectoryInUse(path, holder.split(' ')[0]!);
      rmSync(file, { force: true });
    }
  }
}

function isAlive(holder: string): boolean {
  const pid = Number(holder.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const now = identityOf(pid);
  return now !== null && now === holder;
}

/**
 * Process id and start time: an id is given out again after a restart of the machine or container, both
 * together are not. null = no such process.
 */
function identityOf(pid: number): string | null {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; the start time is the 22nd.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return `${pid} ${fields[19]}`;
  } catch {
    return aliveWithoutProc(pid) ? String(pid) : null;
  }
}

/** Where there is no `/proc`: signal 0 asks whether the process exists. */
function aliveWithoutProc(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
