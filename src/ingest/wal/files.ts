/** The file layer under the log: a seam, so that tests can make a disk full, short, slow or broken. */
import fs from 'node:fs';
import { link, mkdir, readdir, rename, unlink } from 'node:fs/promises';

export interface LogFile {
  size(): Promise<number>;
  /** Fills as much of `target` as the file has from `position`; gives the number of bytes read. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Gives the number of bytes written, which may be less than offered. */
  writev(chunks: readonly Uint8Array[], position: number): Promise<number>;
  fdatasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Failures are the operating system's errors, with their `code` (`ENOSPC`, `EIO`, …). */
export interface LogFiles {
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, in no order. */
  list(path: string): Promise<string[]>;
  /** Opens for reading and writing; makes the file, or empties the one that is there. */
  create(path: string): Promise<LogFile>;
  /** Opens a file that exists, for reading and writing. */
  open(path: string): Promise<LogFile>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for the same bytes. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes new, renamed and removed names of this directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** The machine's file system. Descriptors and callbacks: on the write path they cost half of `FileHandle`. */
export const nodeFiles: LogFiles = {
  makeDirectory: async (path) => void (await mkdir(path, { recursive: true })),
  list: (path) => readdir(path),
  create: (path) => openFile(path, 'w+'),
  open: (path) => openFile(path, 'r+'),
  rename,
  link,
  unlink,
  async syncDirectory(path) {
    const descriptor = await call<number>((done) => fs.open(path, 'r', done));
    try {
      await call<void>((done) => fs.fsync(descriptor, done));
    } finally {
      await call<void>((done) => fs.close(descriptor, done));
    }
  },
};

async function openFile(path: string, flags: string): Promise<LogFile> {
  const descriptor = await call<number>((done) => fs.open(path, flags, 0o600, done));
  return {
    size: async () => (await call<fs.Stats>((done) => fs.fstat(descriptor, done))).size,
    read: (target, position) =>
      call<number>((done) => fs.read(descriptor, target, 0, target.byteLength, position, done)),
    writev: (chunks, position) => call<number>((done) => fs.writev(descriptor, chunks, position, done)),
    fdatasync: () => call<void>((done) => fs.fdatasync(descriptor, done)),
    truncate: (length) => call<void>((done) => fs.ftruncate(descriptor, length, done)),
    close: () => call<void>((done) => fs.close(descriptor, done)),
  };
}

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value as T);
    });
  });
}

/** Writes every chunk, going on after short writes. The caller knows what to do when it fails half-way. */
export async function writeWhole(
  file: LogFile,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = chunks;
  let at = position;
  while (rest.length > 0) {
    const offered = rest.slice(0, CHUNKS_PER_CALL);
    let written = await file.writev(offered, at);
    if (written === 0 && offered.some((chunk) => chunk.byteLength > 0)) {
      throw Object.assign(new Error('the disk took no byte'), { code: 'EIO' });
    }
    at += written;
    let taken = 0;
    while (taken < offered.length && written >= offered[taken]!.byteLength) {
      written -= offered[taken]!.byteLength;
      taken++;
    }
    rest = written > 0 ? [rest[taken]!.subarray(written), ...rest.slice(taken + 1)] : rest.slice(taken);
  }
}

/** Linux refuses more in one call (`IOV_MAX`). */
const CHUNKS_PER_CALL = 1024;

/** Fills `target`; throws when the file ends before. */
export async function readWhole(file: LogFile, target: Uint8Array, position: number): Promise<void> {
  let filled = 0;
  while (filled < target.byteLength) {
    const read = await file.read(target.subarray(filled), position + filled);
    if (read === 0) throw Object.assign(new Error('the file ended before its size'), { code: 'EIO' });
    filled += read;
  }
}
