/**
 * A text without its plain literals: `WHERE host = 'a' AND x > 5` and `WHERE host = 'b' AND x > 7` have one shape.
 *
 * Taken out are only literals whose end nothing but their own characters decides, so that two texts of one shape have
 * the same tokens but for these: strings without quotes and backslashes inside, and numbers of a few digits that no
 * letter or point touches. What else there is (comments, quoted names, strings in other forms) stays as it is, well
 * understood or not: that a literal is one is asked of the parser (`tree-template.ts`).
 */

export interface TextShape {
  /** The text with a mark in the place of each literal. */
  readonly marked: string;
  /** Without quotes, in their order. */
  readonly literals: readonly string[];
}

/** No text with it has a shape, so that a mark in one is a mark. */
const MARK = '\0';

/** Of a whole number, a decimal number and a string. */
export type LiteralSort = 'i' | 'd' | 's';

/** A number of so many digits fits 64 bits, so that the parser takes it wherever it takes any. */
const MAXIMUM_DIGITS = 18;

const [OTHER, WORD, DIGIT, QUOTE] = [0, 1, 2, 3];
const CHARACTERS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/\d/.test(character)) return DIGIT;
  if (/[\w.$@#]/.test(character)) return WORD;
  return /['"`]/.test(character) ? QUOTE : OTHER;
});

const kindAt = (text: string, i: number): number => {
  const code = text.charCodeAt(i);
  return code < 128 ? CHARACTERS[code]! : code >= 128 ? WORD : OTHER;
};

/** null: the text has none. Half a surrogate pair reaches the parser as another character. */
export function shapeOf(text: string): TextShape | null {
  if (text.includes(MARK) || !text.isWellFormed()) return null;
  const literals: string[] = [];
  let marked = '';
  let keptTo = 0;
  const take = (sort: LiteralSort, start: number, end: number, literal: string) => {
    marked += text.slice(keptTo, start) + MARK + sort;
    literals.push(literal);
    keptTo = end;
  };
  for (let i = 0; i < text.length; ) {
    const kind = kindAt(text, i);
    if (kind === QUOTE) {
      const end = text.indexOf(text[i]!, i + 1);
      if (end < 0) break;
      if (text[i] === "'" && text[i - 1] !== "'" && text[end + 1] !== "'") {
        const literal = text.slice(i + 1, end);
        if (!literal.includes('\\')) take('s', i, end + 1, literal);
      }
      i = end + 1;
    } else if (kind === DIGIT) {
      const end = endOfNumber(text, i);
      const literal = text.slice(i, end);
      const next = kindAt(text, end);
      if (next === WORD || next === DIGIT) i = endOfWord(text, end);
      else {
        if (literal.length <= MAXIMUM_DIGITS) take(literal.includes('.') ? 'd' : 'i', i, end, literal);
        i = end;
      }
    } else if (kind === WORD) i = endOfWord(text, i);
    else i++;
  }
  return { marked: marked + text.slice(keptTo), literals };
}

/** Digits, and a point with digits. */
function endOfNumber(text: string, start: number): number {
  let i = endOfDigits(text, start);
  if (text[i] === '.' && kindAt(text, i + 1) === DIGIT) i = endOfDigits(text, i + 1);
  return i;
}

function endOfDigits(text: string, start: number): number {
  let i = start;
  while (kindAt(text, i) === DIGIT) i++;
  return i;
}

function endOfWord(text: string, start: number): number {
  let i = start;
  for (let kind = WORD; kind === WORD || kind === DIGIT; kind = kindAt(text, i)) i++;
  return i;
}

/** The text that has this shape and these literals. */
export function textOf(marked: string, literals: readonly string[]): string {
  let next = 0;
  return marked.replaceAll(MARKS, (_, sort: LiteralSort) => written(sort, literals[next++]!));
}

const MARKS = new RegExp(`${MARK}([ids])`, 'g');
const written = (sort: LiteralSort, literal: string): string => (sort === 's' ? `'${literal}'` : literal);

export interface PlacedLiteral {
  readonly sort: LiteralSort;
  readonly literal: string;
  /** As the parser counts: lines and characters from one. */
  readonly line: number;
  readonly column: number;
}

/** Where in the text the literals stand. */
export function placesOf({ marked, literals }: TextShape): PlacedLiteral[] {
  let line = 1;
  let column = 1;
  const advance = (part: string) => {
    for (const character of part) {
      column = character === '\n' ? 1 : column + 1;
      if (character === '\n') line++;
    }
  };
  const [head, ...parts] = marked.split(MARK);
  advance(head!);
  return parts.map((part, i) => {
    const sort = part[0] as LiteralSort;
    const literal = literals[i]!;
    const place = { sort, literal, line, column };
    advance(written(sort, literal));
    advance(part.slice(1));
    return place;
  });
}
