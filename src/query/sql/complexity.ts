/**
 * A bound on how deep the parser's tree can become, taken from the text alone. The WASM parser limits nested
 * brackets by itself but not chains (`a + a + …`), whose serialisation recurses and would exhaust its stack.
 */
import { errors } from './sql-errors.ts';

const MAXIMUM_TEXT_BYTES = 1024 * 1024;
const MAXIMUM_CHAIN = 500;

const LOGICAL = new Set(['and', 'or', 'xor', 'union', 'intersect', 'except', 'minus', 'join', 'when']);
const CHAINING = new Set([
  'is',
  'not',
  'like',
  'ilike',
  'in',
  'between',
  'case',
  'at',
  'escape',
  'similar',
  'rlike',
  'regexp',
  'collate',
  'div',
  'overlaps',
  'explain',
  'interval',
  'any',
  'all',
  'exists',
  'then',
  'else',
]);
const TOKEN =
  /--[^\n]*|\/\*|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?|[\p{L}_][\p{L}\p{N}_$]*|[\d.]+|[(){}]|,|::|[^\s]/gu;

/** Throws when the text is too long or its longest operator chain (summed over open brackets) too deep. */
export function checkComplexity(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAXIMUM_TEXT_BYTES) throw errors.textTooLong(bytes, MAXIMUM_TEXT_BYTES);
  // A link of a chain has a character at least.
  if (text.length <= MAXIMUM_CHAIN) return;
  const frames = [{ chain: 0, local: 0 }];
  let total = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const token = match[0];
    const top = frames[frames.length - 1]!;
    if (token === '/*') {
      TOKEN.lastIndex = endOfComment(text, match.index);
    } else if (token === '(' || token === '{') {
      frames.push({ chain: 0, local: 0 });
      total++;
    } else if (token === ')' || token === '}') {
      if (frames.length > 1) {
        frames.pop();
        total -= 1 + top.chain + top.local;
        // A call or bracket may itself be a link of a chain: `f(a)(b)(c)`.
        frames[frames.length - 1]!.local++;
        total++;
      }
    } else if (token === ',') {
      total -= top.local;
      top.local = 0;
    } else {
      const word = /^[\p{L}_]/u.test(token) ? token.toLowerCase() : null;
      if (word !== null && LOGICAL.has(word)) {
        total += 1 - top.local;
        top.chain++;
        top.local = 0;
      } else if (word === null ? !/^['"`\d]|^--/.test(token) : CHAINING.has(word)) {
        top.local++;
        total++;
      }
    }
    if (total > MAXIMUM_CHAIN) throw errors.tooComplex(`more than ${MAXIMUM_CHAIN} chained operators`);
  }
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length - 1; i++) {
    if (text[i] === '/' && text[i + 1] === '*') {
      depth++;
      i++;
    } else if (text[i] === '*' && text[i + 1] === '/') {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}
