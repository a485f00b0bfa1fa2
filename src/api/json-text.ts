/**
 * JSON with positions: the parser of request bodies. It keeps integers exact, notices duplicate fields, bounds
 * the depth, and fails with the sentences of the Rust parser that the reference uses (`auth.md` 3.8).
 */
import { httpErrors } from '../errors/index.ts';

/** Where a value ends, as an offset: line and column are counted only for a message. */
interface Span {
  readonly end: number;
}

export type JsonNode = Span &
  (
    | { readonly kind: 'null' }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'integer'; readonly value: bigint; readonly text: string }
    | { readonly kind: 'float'; readonly value: number; readonly text: string }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'object'; readonly fields: readonly (readonly [string, JsonNode])[] }
  );

const MAXIMUM_DEPTH = 127;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Parses a whole text; throws `invalid_json` (400). */
export function parseJsonText(text: string): JsonNode {
  return new JsonParser(text).parse();
}

/** A failure at a place of the text, in the reference's words: `… at line L column C`. */
export function jsonFailure(text: string, offset: number, message: string): Error {
  const before = text.slice(0, offset);
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++;
  const column = offset - (before.lastIndexOf('\n') + 1);
  return httpErrors.json(`${message} at line ${line} column ${column}`);
}

class JsonParser {
  private readonly text: string;
  private offset = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): JsonNode {
    const node = this.value();
    this.skipSpace();
    if (this.offset < this.text.length) throw this.failure('trailing characters', 1);
    return node;
  }

  private value(): JsonNode {
    this.skipSpace();
    const character = this.text[this.offset];
    switch (character) {
      case undefined:
        throw this.failure('EOF while parsing a value');
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"': {
        const value = this.string();
        return { kind: 'string', value, ...this.position() };
      }
      case 't':
        return this.word('true', { kind: 'boolean', value: true });
      case 'f':
        return this.word('false', { kind: 'boolean', value: false });
      case 'n':
        return this.word('null', { kind: 'null' });
      default:
        return this.number();
    }
  }

  private nested(parse: () => JsonNode): JsonNode {
    if (++this.depth > MAXIMUM_DEPTH) throw this.failure('recursion limit exceeded', 1);
    const node = parse();
    this.depth--;
    return node;
  }

  private word<Node extends { kind: 'null' } | { kind: 'boolean'; value: boolean }>(
    word: string,
    node: Node,
  ): JsonNode {
    for (const character of word) {
      if (this.offset >= this.text.length) throw this.failure('EOF while parsing a value');
      if (this.text[this.offset] !== character) throw this.failure('expected ident', 1);
      this.offset++;
    }
    return { ...node, ...this.position() };
  }

  private number(): JsonNode {
    NUMBER.lastIndex = this.offset;
    const match = NUMBER.exec(this.text);
    if (match === null) {
      const isNumber = this.text[this.offset] === '-';
      throw this.failure(isNumber ? 'invalid number' : 'expected value', isNumber ? 2 : 1);
    }
    const text = match[0];
    this.offset += text.length;
    // `01`, `1.`, `1e`: the pattern stops early where the number is not one.
    if (/[\d.eE]/.test(this.text[this.offset] ?? '')) throw this.failure('invalid number', 1);
    const value = Number(text);
    if (!Number.isFinite(value)) throw this.failure('number out of range');
    if (match[1] === undefined && match[2] === undefined && text.length <= 40) {
      return { kind: 'integer', value: BigInt(text), text, ...this.position() };
    }
    return { kind: 'float', value, text, ...this.position() };
  }

  private string(): string {
    this.offset++;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = this.offset;
      const plain = PLAIN.exec(this.text)![0];
      value += plain;
      this.offset += plain.length;
      const character = this.text[this.offset];
      if (character === undefined) throw this.failure('EOF while parsing a string');
      if (character === '"') {
        this.offset++;
        return value;
      }
      if (character !== '\\') {
        throw this.failure('control character (\\u0000-\\u001F) found while parsing a string', 1);
      }
      this.offset++;
      value += this.escape();
    }
  }

  private escape(): string {
    const character = this.text[this.offset++];
    if (character === undefined) throw this.failure('EOF while parsing a string');
    if (character !== 'u') {
      const plain = ESCAPES[character];
      if (plain === undefined) throw this.failure('invalid escape');
      return plain;
    }
    const unit = this.hexadecimal();
    if (unit >= 0xdc00 && unit <= 0xdfff) throw this.failure('lone leading surrogate in hex escape');
    if (unit < 0xd800 || unit > 0xdbff) return String.fromCharCode(unit);
    if (this.text.slice(this.offset, this.offset + 2) !== '\\u') {
      throw this.failure('unexpected end of hex escape');
    }
    this.offset += 2;
    const low = this.hexadecimal();
    if (low < 0xdc00 || low > 0xdfff) throw this.failure('lone leading surrogate in hex escape');
    return String.fromCharCode(unit, low);
  }

  private hexadecimal(): number {
    const digits = this.text.slice(this.offset, this.offset + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.failure('invalid escape');
    this.offset += 4;
    return Number.parseInt(digits, 16);
  }

  private array(): JsonNode {
    this.offset++;
    const items: JsonNode[] = [];
    this.skipSpace();
    if (this.text[this.offset] === ']') {
      this.offset++;
      return { kind: 'array', items, ...this.position() };
    }
    for (;;) {
      if (this.offset >= this.text.length) throw this.failure('EOF while parsing a list');
      items.push(this.value());
      if (this.separator(']', 'EOF while parsing a list')) {
        return { kind: 'array', items, ...this.position() };
      }
    }
  }

  private object(): JsonNode {
    this.offset++;
    const fields: (readonly [string, JsonNode])[] = [];
    this.skipSpace();
    if (this.text[this.offset] === '}') {
      this.offset++;
      return { kind: 'object', fields, ...this.position() };
    }
    for (;;) {
      this.skipSpace();
      if (this.offset >= this.text.length) throw this.failure('EOF while parsing an object');
      if (this.text[this.offset] !== '"') throw this.failure('key must be a string', 1);
      const name = this.string();
      this.skipSpace();
      if (this.offset >= this.text.length) throw this.failure('EOF while parsing an object');
      if (this.text[this.offset] !== ':') throw this.failure('expected `:`', 1);
      this.offset++;
      fields.push([name, this.value()]);
      if (this.separator('}', 'EOF while parsing an object')) {
        return { kind: 'object', fields, ...this.position() };
      }
    }
  }

  /** True at the closing character; false after a comma that something follows. */
  private separator(close: string, atEnd: string): boolean {
    this.skipSpace();
    const character = this.text[this.offset];
    if (character === undefined) throw this.failure(atEnd);
    if (character === close) {
      this.offset++;
      return true;
    }
    if (character !== ',') throw this.failure(`expected \`,\` or \`${close}\``, 1);
    this.offset++;
    this.skipSpace();
    if (this.text[this.offset] === close) throw this.failure('trailing comma', 1);
    return false;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.offset);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.offset++;
    }
  }

  private position(): Span {
    return { end: this.offset };
  }

  private failure(message: string, ahead = 0): Error {
    return jsonFailure(this.text, this.offset + ahead, message);
  }
}
