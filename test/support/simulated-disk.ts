/**
 * A disk in memory under the log's file layer, with what real disks do: it fills up, writes short, fails,
 * lies after a failed fsync as Linux does, and loses at a power cut what no fsync covered, in any order.
 */
import type { LogFile, LogFiles } from '../../src/ingest/wal/files.ts';

export type DiskOperation =
  | 'create'
  | 'open'
  | 'writev'
  | 'fdatasync'
  | 'truncate'
  | 'rename'
  | 'unlink'
  | 'syncDirectory'
  | 'list'
  | 'read';

/** What the disk does instead of the operation: fail with a code, or (writes) take only some bytes first. */
export interface Fault {
  readonly code?: string;
  readonly takeBytes?: number;
}

export type FaultPlan = (operation: DiskOperation, path: string) => Fault | undefined;

const SECTOR_BYTES = 512;

class Inode {
  /** What a process reads. */
  content: Buffer = Buffer.alloc(0);
  /** What the platter has. */
  durable: Buffer = Buffer.alloc(0);
  /** Sectors that the kernel still wants to write. */
  readonly dirty = new Set<number>();

  write(bytes: Uint8Array, position: number): void {
    if (position + bytes.byteLength > this.content.length) {
      this.content = Buffer.concat([
        this.content,
        Buffer.alloc(position + bytes.byteLength - this.content.length),
      ]);
    }
    this.content.set(bytes, position);
    this.soil(position, position + bytes.byteLength);
  }

  truncate(length: number): void {
    this.soil(length, Math.max(length, this.content.length));
    const kept = this.content.subarray(0, length);
    this.content = Buffer.concat([kept, Buffer.alloc(Math.max(0, length - kept.length))]);
  }

  /** Writes the chosen dirty sectors; the size follows what has been written, or the cut. */
  persist(chosen: (sector: number) => boolean): void {
    for (const sector of [...this.dirty]) {
      if (!chosen(sector)) continue;
      const from = sector * SECTOR_BYTES;
      const bytes = this.content.subarray(from, from + SECTOR_BYTES);
      if (from > this.content.length || bytes.length < SECTOR_BYTES)
        this.durable = this.durable.subarray(0, from);
      if (bytes.length > 0) {
        const length = Math.max(this.durable.length, from + bytes.length);
        const grown = Buffer.alloc(length);
        this.durable.copy(grown);
        grown.set(bytes, from);
        this.durable = grown;
      }
    }
  }

  private soil(from: number, to: number): void {
    for (let sector = Math.floor(from / SECTOR_BYTES); sector * SECTOR_BYTES < to; sector++)
      this.dirty.add(sector);
  }
}

type NameChange = (names: Map<string, Inode>) => void;

export class SimulatedDisk implements LogFiles {
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  /** Changes of names that no directory sync covers yet, in order. */
  private pendingNames: NameChange[] = [];
  /** Files opened before a crash belong to a process that is gone. */
  private life = 0;
  private readonly random: () => number;
  /** Decides about each operation; undefined = a healthy disk. */
  faults: FaultPlan = () => undefined;
  /** Each fsync of a file takes until this settles. */
  delaySync: Promise<void> = Promise.resolve();

  /** `random` gives numbers in [0, 1); it decides what a crash keeps. */
  constructor(random: () => number) {
    this.random = random;
  }

  /** The process ends; the kernel keeps everything. */
  killProcess(): void {
    this.life++;
  }

  /** The machine ends: of what was not synced any part may be there, in any order. */
  cutPower(): void {
    this.life++;
    const kept = Math.floor(this.random() * (this.pendingNames.length + 1));
    for (const change of this.pendingNames.slice(0, kept)) change(this.durableNames);
    this.pendingNames = [];
    this.names = new Map(this.durableNames);
    for (const inode of new Set(this.names.values())) {
      const share = this.random();
      inode.persist(() => this.random() < share);
      inode.dirty.clear();
      inode.content = Buffer.from(inode.durable);
    }
  }

  contents(): Map<string, Buffer> {
    return new Map([...this.names].map(([path, inode]) => [path, inode.content]));
  }

  /** Changes bytes on the platter behind everybody's back. */
  damage(path: string, change: (content: Buffer) => Buffer): void {
    const inode = this.names.get(path)!;
    inode.content = change(Buffer.from(inode.content));
    inode.durable = Buffer.from(inode.content);
    inode.dirty.clear();
  }

  async makeDirectory(): Promise<void> {}

  async list(path: string): Promise<string[]> {
    this.check('list', path);
    return [...this.names.keys()]
      .filter((name) => name.startsWith(`${path}/`))
      .map((name) => name.slice(path.length + 1));
  }

  async create(path: string): Promise<LogFile> {
    this.check('create', path);
    const inode = new Inode();
    this.change((names) => names.set(path, inode));
    return this.handle(path, inode);
  }

  async open(path: string): Promise<LogFile> {
    this.check('open', path);
    return this.handle(path, this.existing(path));
  }

  async rename(from: string, to: string): Promise<void> {
    this.check('rename', from);
    const inode = this.existing(from);
    this.change((names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }

  async link(from: string, to: string): Promise<void> {
    const inode = this.existing(from);
    if (this.names.has(to)) throw systemError('EEXIST', to);
    this.change((names) => names.set(to, inode));
  }

  async unlink(path: string): Promise<void> {
    this.check('unlink', path);
    this.existing(path);
    this.change((names) => names.delete(path));
  }

  async syncDirectory(path: string): Promise<void> {
    this.check('syncDirectory', path);
    for (const change of this.pendingNames) change(this.durableNames);
    this.pendingNames = [];
  }

  private handle(path: string, inode: Inode): LogFile {
    const life = this.life;
    const check = (operation: DiskOperation) => {
      // A killed process does nothing more: its calls never come back.
      if (life !== this.life) throw systemError('EBADF', path);
      this.check(operation, path);
    };
    return {
      size: async () => inode.content.length,
      read: async (target, position) => {
        check('read');
        const bytes = inode.content.subarray(position, position + target.byteLength);
        target.set(bytes);
        return bytes.length;
      },
      writev: async (chunks, position) => {
        if (life !== this.life) throw systemError('EBADF', path);
        const fault = this.faults('writev', path);
        const bytes = Buffer.concat(chunks);
        const taken = bytes.subarray(0, fault ? (fault.takeBytes ?? 0) : bytes.length);
        inode.write(taken, position);
        if (fault?.code !== undefined) throw systemError(fault.code, path);
        return taken.length;
      },
      fdatasync: async () => {
        await this.delaySync;
        if (life !== this.life) throw systemError('EBADF', path);
        const fault = this.faults('fdatasync', path);
        if (fault?.code !== undefined) {
          // Some pages made it; the kernel calls all of them clean and will not try again.
          inode.persist(() => this.random() < 0.5);
          inode.dirty.clear();
          throw systemError(fault.code, path);
        }
        inode.persist(() => true);
        inode.dirty.clear();
      },
      truncate: async (length) => {
        check('truncate');
        inode.truncate(length);
      },
      close: async () => undefined,
    };
  }

  private change(apply: NameChange): void {
    apply(this.names);
    this.pendingNames.push(apply);
  }

  private existing(path: string): Inode {
    const inode = this.names.get(path);
    if (inode === undefined) throw systemError('ENOENT', path);
    return inode;
  }

  private check(operation: DiskOperation, path: string): void {
    const fault = this.faults(operation, path);
    if (fault?.code !== undefined) throw systemError(fault.code, path);
  }
}

function systemError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code });
}
