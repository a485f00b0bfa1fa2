/**
 * The real disk, behaving badly: slow and failing fsyncs, writes that stop half-way. After a failed fsync some of
 * what it should have covered is again what it was before, or zeros where nothing was: as when the kernel has
 * dropped the pages and called them clean.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type LogFile, type LogFiles, nodeFiles, readWhole } from '../../../src/ingest/wal/files.ts';
import { type Misfortune, strikes } from './faults.ts';

interface Written {
  readonly from: number;
  readonly to: number;
  /** What stood there from `from` on; shorter where the file ended. */
  readonly before: Uint8Array;
}

export function faultyFiles(misfortune: Misfortune): LogFiles {
  const check = (path: string) => {
    if (strikes(misfortune, misfortune.faults.writeFails)) throw diskError(misfortune, path);
  };
  return {
    makeDirectory: (path) => nodeFiles.makeDirectory(path),
    list: (path) => nodeFiles.list(path),
    create: async (path) => {
      check(path);
      return faultyFile(await nodeFiles.create(path), path, misfortune);
    },
    open: async (path) => faultyFile(await nodeFiles.open(path), path, misfortune),
    rename: async (from, to) => {
      check(from);
      await nodeFiles.rename(from, to);
    },
    link: (from, to) => nodeFiles.link(from, to),
    unlink: async (path) => {
      check(path);
      await nodeFiles.unlink(path);
    },
    syncDirectory: async (path) => {
      await nodeFiles.syncDirectory(path);
      // The names may be on the disk all the same.
      if (strikes(misfortune, misfortune.faults.syncFails)) throw diskError(misfortune, path);
    },
  };
}

function faultyFile(file: LogFile, path: string, misfortune: Misfortune): LogFile {
  let unsynced: Written[] = [];
  return {
    size: () => file.size(),
    read: (target, position) => file.read(target, position),
    close: () => file.close(),
    writev: async (chunks, position) => {
      const { faults, random } = misfortune;
      const write = async (bytes: readonly Uint8Array[]) => {
        const length = bytes.reduce((sum, { byteLength }) => sum + byteLength, 0);
        const before = await contentAt(file, position, length);
        const written = await file.writev(bytes, position);
        unsynced.push({ from: position, to: position + written, before });
        return written;
      };
      if (!strikes(misfortune, faults.writeFails)) return write(chunks);
      const bytes = Buffer.concat(chunks);
      await write([bytes.subarray(0, Math.floor(random() * bytes.length))]);
      throw diskError(misfortune, path);
    },
    truncate: async (length) => {
      if (strikes(misfortune, misfortune.faults.writeFails)) throw diskError(misfortune, path);
      await file.truncate(length);
    },
    fdatasync: async () => {
      const { faults } = misfortune;
      if (faults.syncDelayMs > 0) await sleep(faults.syncDelayMs * misfortune.random() * 2);
      if (strikes(misfortune, misfortune.faults.syncFails)) {
        await dropPages(file, unsynced, misfortune.random);
        unsynced = [];
        throw diskError(misfortune, path);
      }
      const covered = unsynced;
      unsynced = [];
      await file.fdatasync().catch((error: unknown) => {
        unsynced = [...covered, ...unsynced];
        throw error;
      });
    },
  };
}

async function contentAt(file: LogFile, position: number, length: number): Promise<Uint8Array> {
  const there = Math.min(length, (await file.size()) - position);
  if (there <= 0) return new Uint8Array(0);
  const bytes = new Uint8Array(there);
  await readWhole(file, bytes, position);
  return bytes;
}

async function dropPages(file: LogFile, written: readonly Written[], random: () => number): Promise<void> {
  const size = await file.size();
  // The newest first, so that what stood there before all of them comes back last.
  for (const { from, to, before } of written.toReversed()) {
    const start = Math.floor(random() * (to - from));
    const end = Math.min(to, size) - from;
    if (random() < 0.5 || end <= start) continue;
    const bytes = Buffer.alloc(end - start);
    bytes.set(before.subarray(start, end));
    await file.writev([bytes], from + start);
  }
}

function diskError({ faults }: Misfortune, path: string): NodeJS.ErrnoException {
  const code = faults.diskCode;
  return Object.assign(new Error(`${code}: injected, '${path}'`), { code });
}
