/** The parts of a table as they lie on the disk just now. */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MalformedPart } from './malformed.ts';
import { activeParts, parsePartName } from './part-name.ts';
import { StoredPart } from './stored-part.ts';
import type { StoredFiles } from './stored-file.ts';

interface Listing {
  readonly parts: readonly StoredPart[];
  /** Of the directory, before it was listed. */
  readonly modifiedNs: bigint;
  readonly isFinal: boolean;
}

/** Changes so near to one another could have the same time. */
const TICK_NS = 100_000_000n;
const MAXIMUM_TABLES = 1000;
/** Of what is known of parts, over all tables. */
const MAXIMUM_BYTES = 64 * 2 ** 20;
/** So long a table is left to the engine that alone would take more. */
const TOO_LARGE_NS = 600_000_000_000n;

export class TableParts {
  private readonly files: StoredFiles;
  private readonly pause: () => Promise<void>;
  private readonly nowNs: () => bigint;
  private readonly listings = new Map<string, Listing>();
  private readonly tooLargeUntilNs = new Map<string, bigint>();

  constructor(files: StoredFiles, pause: () => Promise<void>, nowNs: () => bigint) {
    this.files = files;
    this.pause = pause;
    this.nowNs = nowNs;
  }

  /**
   * `link` is the engine's link to the table's directory: another table of the same name has another one. What the
   * engine stored before the call is in it.
   */
  list(link: string): readonly StoredPart[] {
    const directory = resolve(join(link, '..'), readlinkSync(link));
    if ((this.tooLargeUntilNs.get(directory) ?? 0n) > this.nowNs())
      throw new MalformedPart('a table of very many series');
    const { mtimeNs } = statSync(directory, { bigint: true });
    const known = this.listings.get(directory);
    if (known?.isFinal === true && known.modifiedNs === mtimeNs) return known.parts;
    const isFinal = this.nowNs() - mtimeNs > TICK_NS;
    const names = readdirSync(directory).flatMap((name) => parsePartName(name) ?? []);
    const active = activeParts(names);
    if (active === null) throw new MalformedPart('parts that overlap');
    const before = new Map(known?.parts.map((part) => [part.name.name, part]));
    const parts = active.map((name) => {
      const part = before.get(name.name);
      return part?.isStill() === true ? part : new StoredPart(directory, name, this.files, this.pause);
    });
    this.listings.delete(directory);
    this.listings.set(directory, { parts, modifiedNs: mtimeNs, isFinal });
    this.trim();
    return parts;
  }

  /** Forgets the tables that were listed longest ago. */
  private trim(): void {
    let bytes = 0;
    const newestFirst = [...this.listings].reverse();
    newestFirst.forEach(([directory, { parts }], place) => {
      const own = parts.reduce((sum, part) => sum + part.bytes, 0);
      bytes += own;
      if (own > MAXIMUM_BYTES) this.tooLargeUntilNs.set(directory, this.nowNs() + TOO_LARGE_NS);
      if (bytes > MAXIMUM_BYTES || place >= MAXIMUM_TABLES) this.listings.delete(directory);
    });
    if (this.tooLargeUntilNs.size > MAXIMUM_TABLES) this.tooLargeUntilNs.clear();
  }

  clear(): void {
    this.listings.clear();
  }
}
