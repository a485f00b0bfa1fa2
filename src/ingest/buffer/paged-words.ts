/**
 * Records of some words each that grow to a million: in pages, because an array that doubles copies all that is in it,
 * and nobody else runs meanwhile.
 */
import { regrow } from '../field-column.ts';

export const PAGE_BITS = 12;
/** Records of a page; only the first page may have room for fewer. */
const PAGE = 2 ** PAGE_BITS;
export const PAGE_MASK = PAGE - 1;

const NO_PAGE = new Int32Array(0);

export class PagedWords {
  /** Record `i` begins in page `i >>> PAGE_BITS` at `(i & PAGE_MASK) * width`. A page without any is empty. */
  readonly pages: Int32Array[] = [];
  readonly width: number;
  private words = 0;

  constructor(width: number) {
    this.width = width;
  }

  get bytes(): number {
    return this.words * 4;
  }

  /** Makes room for this record; those that nobody wrote are zero. */
  ensure(index: number): void {
    const { pages, width } = this;
    const number = index >>> PAGE_BITS;
    while (pages.length <= number) pages.push(NO_PAGE);
    const page = pages[number]!;
    const needed = ((index & PAGE_MASK) + 1) * width;
    if (needed <= page.length) return;
    // Most tables have a few series.
    const length = number === 0 ? Math.min(PAGE * width, Math.max(needed, page.length * 2)) : PAGE * width;
    pages[number] = regrow(page, new Int32Array(length));
    this.words += length - page.length;
  }

  /** Of records of one word; zero where there was no room made for one. */
  get(index: number): number {
    return this.pages[index >>> PAGE_BITS]?.[index & PAGE_MASK] ?? 0;
  }

  /** The same, where there is room. */
  set(index: number, value: number): void {
    this.pages[index >>> PAGE_BITS]![index & PAGE_MASK] = value;
  }
}
