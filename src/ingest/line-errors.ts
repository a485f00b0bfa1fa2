/** The bad lines of a request: all by number, the first with their messages, as a body may hold five million. */
import { isLimitText } from '../errors/catalog/ingest.ts';
import type { LineError } from './ingest.ts';
import { LineNumbers } from './line-numbers.ts';
import { cutOriginalLine } from './lineprotocol/text.ts';

const MAXIMUM_ERRORS = 10_000;
/** Of the messages of all. */
const MAXIMUM_CHARACTERS = 2 ** 20;

export class LineErrors {
  /** The first; with the first beyond them that a limit refused, as it decides the status. */
  readonly told: LineError[] = [];
  readonly lines = new LineNumbers();
  private characters = 0;
  private hitLimit = false;

  /** `line` is asked for only where it is told. */
  add(lineNumber: number, message: string, line: () => Buffer): void {
    this.lines.add(lineNumber);
    const isFirstOfLimit = !this.hitLimit && isLimitText(message);
    this.hitLimit ||= isFirstOfLimit;
    const isFull = this.told.length >= MAXIMUM_ERRORS || this.characters >= MAXIMUM_CHARACTERS;
    if (isFull && !isFirstOfLimit) return;
    this.characters += message.length;
    this.told.push({
      error_message: message,
      line_number: lineNumber,
      original_line: cutOriginalLine(line()),
    });
  }
}
