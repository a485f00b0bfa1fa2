/** Decoded pieces of parts, which never change: the ones used last, within a number of bytes. */

interface Sized {
  readonly byteLength: number;
}

interface Entry<Piece> {
  readonly piece: Promise<Piece>;
  bytes: number;
}

/** Beside the values: the entry, its key and what else belongs to it. */
const OVERHEAD_BYTES = 300;

export class PieceCache<Piece> {
  private readonly maximumBytes: number;
  private readonly sizes: (piece: Piece) => readonly (Sized | null)[];
  private readonly entries = new Map<string, Entry<Piece>>();
  private bytes = 0;

  constructor(maximumBytes: number, sizes: (piece: Piece) => readonly (Sized | null)[]) {
    this.maximumBytes = maximumBytes;
    this.sizes = sizes;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** `load` is asked once by all who come before it is there; what fails is not kept. */
  get(key: string, load: () => Promise<Piece>): Promise<Piece> {
    const known = this.entries.get(key);
    if (known !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.piece;
    }
    const entry: Entry<Piece> = { piece: load(), bytes: 0 };
    this.entries.set(key, entry);
    entry.piece.then(
      (piece) => this.weigh(key, entry, piece),
      () => this.forget(key, entry),
    );
    return entry.piece;
  }

  clear(): void {
    this.entries.clear();
    this.bytes = 0;
  }

  get usedBytes(): number {
    return this.bytes;
  }

  private weigh(key: string, entry: Entry<Piece>, piece: Piece): void {
    if (this.entries.get(key) !== entry) return;
    entry.bytes = this.sizes(piece).reduce((sum, each) => sum + (each?.byteLength ?? 0), OVERHEAD_BYTES);
    this.bytes += entry.bytes;
    for (const [oldest, other] of this.entries) {
      if (this.bytes <= this.maximumBytes || other === entry) break;
      this.forget(oldest, other);
    }
  }

  private forget(key: string, entry: Entry<Piece>): void {
    if (this.entries.get(key) !== entry) return;
    this.entries.delete(key);
    this.bytes -= entry.bytes;
  }
}
