/**
 * Numbers of lines, ascending: a body may have five million bad ones. In pieces, because an array that grows copies
 * everything that is in it, and nobody else runs meanwhile.
 */

const PIECE_BITS = 16;
const PIECE = 2 ** PIECE_BITS;
const FIRST = 16;

export class LineNumbers {
  /** All but the last are full. */
  private readonly pieces: Uint32Array[] = [];
  length = 0;

  static of(numbers: Iterable<number>): LineNumbers {
    const lines = new LineNumbers();
    for (const number of numbers) lines.add(number);
    return lines;
  }

  /** To be called with ever larger ones. */
  add(number: number): void {
    const place = this.length & (PIECE - 1);
    let piece = this.pieces.at(-1);
    if (place === 0) {
      piece = new Uint32Array(this.length === 0 ? FIRST : PIECE);
      this.pieces.push(piece);
    } else if (place === piece!.length) {
      const larger = new Uint32Array(Math.min(PIECE, place * 4));
      larger.set(piece!);
      piece = larger;
      this.pieces[this.pieces.length - 1] = piece;
    }
    piece![place] = number;
    this.length++;
  }

  has(number: number): boolean {
    let from = 0;
    let to = this.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.at(middle) < number) from = middle + 1;
      else to = middle;
    }
    return from < this.length && this.at(from) === number;
  }

  /** The numbers end to end, four bytes each, as they lie in memory (every machine we run on is little endian). */
  bytes(): Uint8Array[] {
    return this.pieces.map((piece, index) => {
      const used = Math.min(PIECE, this.length - index * PIECE);
      return new Uint8Array(piece.buffer, 0, used * 4);
    });
  }

  private at(index: number): number {
    return this.pieces[index >>> PIECE_BITS]![index & (PIECE - 1)]!;
  }
}
