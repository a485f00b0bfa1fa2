/**
 * From Rust's regular expressions to RE2, the engine's: the same language, save that Rust's classes know Unicode,
 * that its names of things differ, and that neither looks around. What RE2 cannot say is refused when planning.
 */
import type { TypeContext } from './definition.ts';

export interface RegexPattern {
  /** For the engine: flags in front, then the translated pattern. */
  readonly source: string;
  /** Name of each capture group, or null, in order. */
  readonly groups: readonly (string | null)[];
}

const MAXIMUM_LENGTH = 10_000;
const MAXIMUM_REPEAT = 1_000;

/** Outside and inside of brackets. */
const CLASSES: Readonly<Record<string, readonly [string, string]>> = {
  d: ['\\p{Nd}', '\\p{Nd}'],
  D: ['\\P{Nd}', '\\P{Nd}'],
  w: ['[\\p{L}\\p{M}\\p{Nd}\\p{Pc}]', '\\p{L}\\p{M}\\p{Nd}\\p{Pc}'],
  W: ['[^\\p{L}\\p{M}\\p{Nd}\\p{Pc}]', '\\W'],
  s: ['[\\t-\\r\\x{85}\\p{Z}]', '\\t-\\r\\x{85}\\p{Z}'],
  S: ['[^\\t-\\r\\x{85}\\p{Z}]', '\\S'],
};

/** Long names of Unicode categories, which RE2 knows by their letters only. */
const CATEGORIES: Readonly<Record<string, string>> = {
  letter: 'L',
  alphabetic: 'L',
  uppercase: 'Lu',
  uppercase_letter: 'Lu',
  lowercase: 'Ll',
  lowercase_letter: 'Ll',
  mark: 'M',
  number: 'N',
  decimal_number: 'Nd',
  punctuation: 'P',
  symbol: 'S',
  separator: 'Z',
  other: 'C',
};

function refuse(reason: string, context: TypeContext): never {
  return context.fail(`Regular expression did not compile: ${reason}`);
}

/** Checks the letters behind a pattern; `extra` are those that the function handles itself (`g`). */
export function checkFlags(flags: string, extra: string, name: string, context: TypeContext): void {
  for (const flag of flags) {
    if ('imsUx'.includes(flag) || extra.includes(flag)) continue;
    if (flag === 'g') context.fail(`${name}() does not support the "global" option`);
    context.fail(`${name}() does not support the flag "${flag}"`);
  }
}

/** Translates a pattern with its flags (`i`, `m`, `s`, `U`, `x`). */
export function compileRegex(pattern: string, flags: string, context: TypeContext): RegexPattern {
  if (pattern.length > MAXIMUM_LENGTH)
    refuse(`the pattern is longer than ${MAXIMUM_LENGTH} characters`, context);
  const reader = new Reader(pattern, flags.includes('x'), context);
  const body = reader.read();
  // The engine's default lets a dot match a newline; Rust's does not.
  const on = [...'imU'].filter((flag) => flags.includes(flag)).join('');
  const prefix = flags.includes('s') ? `(?${on}s)` : `(?${on}-s)`;
  return { source: prefix + body, groups: reader.groups };
}

class Reader {
  readonly groups: (string | null)[] = [];
  private readonly text: string;
  private readonly extended: boolean;
  private readonly context: TypeContext;
  private position = 0;
  private out = '';
  private depth = 0;
  /** Whether a quantifier may stand here. */
  private repeatable = false;

  constructor(text: string, extended: boolean, context: TypeContext) {
    this.text = text;
    this.extended = extended;
    this.context = context;
  }

  read(): string {
    while (this.position < this.text.length) this.item();
    if (this.depth > 0) refuse('unclosed group', this.context);
    return this.out;
  }

  private item(): void {
    const character = this.text[this.position]!;
    switch (character) {
      case '\\':
        this.escape(0);
        return;
      case '[':
        this.brackets();
        return;
      case '(':
        this.open();
        return;
      case ')':
        if (this.depth === 0) refuse('unopened group', this.context);
        this.depth -= 1;
        this.emit(')', 1, true);
        return;
      case '|':
        this.emit('|', 1, false);
        return;
      case '*':
      case '+':
      case '?':
        this.quantifier(character);
        return;
      case '{':
        this.repeat();
        return;
      case '#':
        if (this.extended) {
          const end = this.text.indexOf('\n', this.position);
          this.position = end < 0 ? this.text.length : end + 1;
          return;
        }
        break;
    }
    if (this.extended && /\s/.test(character)) {
      this.position += 1;
      return;
    }
    const whole = String.fromCodePoint(this.text.codePointAt(this.position)!);
    this.emit(whole, whole.length, character !== '^');
  }

  private emit(text: string, consumed: number, repeatable: boolean): void {
    this.out += text;
    this.position += consumed;
    this.repeatable = repeatable;
  }

  private quantifier(text: string): void {
    if (!this.repeatable) refuse('repetition operator missing expression', this.context);
    this.lazy(text, text.length);
  }

  private lazy(text: string, consumed: number): void {
    const lazy = this.text[this.position + consumed] === '?';
    this.emit(lazy ? `${text}?` : text, consumed + (lazy ? 1 : 0), true);
  }

  private repeat(): void {
    const match = /^\{\s*(\d{1,9})\s*(,\s*(\d{1,9})?\s*)?\}/.exec(
      this.text.slice(this.position, this.position + 60),
    );
    if (!match) refuse('repetition quantifier expects a valid decimal', this.context);
    if (!this.repeatable) refuse('repetition operator missing expression', this.context);
    const [low, high] = [Number(match[1]), match[3] === undefined ? undefined : Number(match[3])];
    if (low > MAXIMUM_REPEAT || (high ?? 0) > MAXIMUM_REPEAT)
      refuse(`a repetition of more than ${MAXIMUM_REPEAT}`, this.context);
    if (high !== undefined && high < low) refuse('invalid repetition count range', this.context);
    this.lazy(match[2] === undefined ? `{${low}}` : `{${low},${high ?? ''}}`, match[0].length);
  }

  private open(): void {
    const rest = this.text.slice(this.position, this.position + 80);
    if (/^\(\?<?[=!]/.test(rest))
      refuse('look-around, including look-ahead and look-behind, is not supported', this.context);
    const named = /^\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest);
    if (named) {
      this.groups.push(named[1]!);
      this.depth += 1;
      this.emit(`(?P<${named[1]}>`, named[0].length, false);
      return;
    }
    const flags = /^\(\?([imsU]*(?:-[imsU]+)?)([:)])/.exec(rest);
    if (flags) {
      if (flags[2] === ':') this.depth += 1;
      else if (flags[1] === '') refuse('repetition operator missing expression', this.context);
      this.emit(`(?${flags[1]}${flags[2]}`, flags[0].length, false);
      return;
    }
    if (rest.startsWith('(?')) refuse('unrecognized flag', this.context);
    this.groups.push(null);
    this.depth += 1;
    this.emit('(', 1, false);
  }

  /** `inside` is 1 in brackets. */
  private escape(inside: 0 | 1): void {
    const next = this.text[this.position + 1];
    if (next === undefined)
      refuse('incomplete escape sequence, reached end of pattern prematurely', this.context);
    if (Object.hasOwn(CLASSES, next)) {
      this.emit(CLASSES[next]![inside], 2, true);
      return;
    }
    if (/[1-9]/.test(next)) refuse('backreferences are not supported', this.context);
    if (next === 'p' || next === 'P') {
      this.category(next);
      return;
    }
    const rest = this.text.slice(this.position, this.position + 12);
    const hex =
      /^\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[xuU]\{([0-9A-Fa-f]{1,8})\})/.exec(rest);
    if (hex) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? hex[4]!, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        refuse('hexadecimal literal is not a Unicode scalar value', this.context);
      this.emit(`\\x{${code.toString(16)}}`, hex[0].length, true);
      return;
    }
    if (/[afnrtv]/.test(next)) {
      this.emit(`\\${next}`, 2, true);
      return;
    }
    if (!inside && /[bBAz]/.test(next)) {
      this.emit(`\\${next}`, 2, false);
      return;
    }
    if (/[A-Za-z0-9]/.test(next) || next > '\u007f') refuse('unrecognized escape sequence', this.context);
    this.emit(`\\${next}`, 2, true);
  }

  private category(letter: string): void {
    const match = /^\\[pP](?:([A-Z])|\{(\^?)([A-Za-z_ ]{1,40})\})/.exec(
      this.text.slice(this.position, this.position + 50),
    );
    if (!match) refuse('Unicode property not found', this.context);
    const name = match[1] ?? match[3]!;
    const short = name.toLowerCase().replaceAll(' ', '_');
    const known = Object.hasOwn(CATEGORIES, short) ? CATEGORIES[short]! : name;
    const negated = (letter === 'P') !== (match[2] === '^');
    this.emit(`\\${negated ? 'P' : 'p'}{${known}}`, match[0].length, true);
  }

  private brackets(): void {
    this.emit('[', 1, false);
    if (this.text[this.position] === '^') this.emit('^', 1, false);
    let first = true;
    for (;;) {
      const character = this.text[this.position];
      if (character === undefined) refuse('unclosed character class', this.context);
      if (character === ']' && !first) break;
      first = false;
      const rest = this.text.slice(this.position, this.position + 20);
      const posix = /^\[:\^?[a-z]+:\]/.exec(rest);
      if (posix) this.emit(posix[0], posix[0].length, true);
      else if (character === '[' || /^(&&|--|~~)/.test(rest))
        refuse('operations on sets of character classes are not supported here', this.context);
      else if (character === '\\') this.escape(1);
      else {
        const whole = String.fromCodePoint(this.text.codePointAt(this.position)!);
        this.emit(whole === ']' ? '\\]' : whole, whole.length, true);
      }
    }
    this.emit(']', 1, true);
  }
}

/**
 * A replacement with `$1`, `${1}`, `$name`, `$$` and `\1` as the engine writes it: `\1`, and `\\` for a backslash.
 * Groups that do not exist are empty.
 */
export function compileReplacement(text: string, pattern: RegexPattern, context: TypeContext): string {
  const group = (name: string): string => {
    const index = /^\d+$/.test(name) ? Number(name) : pattern.groups.indexOf(name) + 1;
    if (!/^\d+$/.test(name) && index === 0) return '';
    if (index > pattern.groups.length) return '';
    if (index > 9) return context.fail('regexp_replace supports references to nine groups');
    return `\\${index}`;
  };
  return text.replaceAll(
    /\\(\d*)|\$\$|\$\{([^}]*)\}|\$([0-9A-Za-z_]+)|[^\\$]+|\$/g,
    (piece: string, digits: string | undefined, braced: string | undefined, bare: string | undefined) => {
      if (piece === '$$') return '$';
      if (digits !== undefined && piece.startsWith('\\')) return digits === '' ? '' : group(digits);
      if (braced !== undefined) return group(braced);
      if (bare !== undefined) return group(bare);
      return piece;
    },
  );
}
