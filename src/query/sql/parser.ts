/** The WASM parser: text in, a plain tree out. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AstValue } from './ast.ts';
import { checkComplexity } from './complexity.ts';
import { errors } from './sql-errors.ts';

/** The part of the platform's `WebAssembly` that is used; its types come with the DOM library only. */
interface Platform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly RuntimeError: new () => Error;
}
const { Module, RuntimeError } = (globalThis as unknown as { readonly WebAssembly: Platform }).WebAssembly;

interface Glue {
  initSync(options: { module: object }): unknown;
  init(): void;
  parse_sql(dialect: string, sql: string): unknown;
}

/** Parses one statement; throws catalogue errors. */
export type ParseStatement = (text: string) => AstValue;

/** Instances that may be thrown away after a trap before the parser refuses to load more (each keeps memory). */
const MAXIMUM_INSTANCES = 64;

/** Loads the parser. A trap (its stack ran out) poisons an instance: the next statement gets a fresh one. */
export async function loadParser(): Promise<ParseStatement> {
  const entry = createRequire(import.meta.url).resolve('@guanmingchiu/sqlparser-ts');
  const folder = join(dirname(entry), '..', 'wasm');
  const module = new Module(readFileSync(join(folder, 'sqlparser_rs_wasm_bg.wasm')));
  const glueUrl = pathToFileURL(join(folder, 'sqlparser_rs_wasm.js')).href;
  let generation = 0;
  const load = async (): Promise<Glue> => {
    const glue = (await import(`${glueUrl}?generation=${generation++}`)) as Glue;
    glue.initSync({ module });
    return glue;
  };
  let current = await load();
  // One in reserve, so that parsing stays synchronous after a trap.
  let reserve: Glue | null = await load();
  const replace = (): void => {
    if (reserve !== null) current = reserve;
    reserve = null;
    if (generation < MAXIMUM_INSTANCES)
      void load().then((glue) => {
        reserve = glue;
      });
  };

  const parse = (text: string): AstValue => {
    checkComplexity(text);
    let parsed: AstValue;
    try {
      parsed = plain(current.parse_sql('generic', text));
    } catch (error) {
      const message = messageOf(error);
      if (message === null) {
        replace();
        throw errors.tooComplex('the parser ran out of stack');
      }
      throw errors.parser(message);
    }
    if (!Array.isArray(parsed)) throw errors.parser('Expected: an SQL statement, found: EOF');
    if (parsed.length === 0) throw errors.parser('Expected: an SQL statement, found: EOF');
    if (parsed.length > 1)
      throw errors.notImplemented('The context currently only supports a single SQL statement');
    return parsed[0]!;
  };
  return parse;
}

/** The parser's own message, or null when the instance trapped. */
function messageOf(error: unknown): string | null {
  if (error instanceof RuntimeError || error instanceof RangeError) return null;
  // The glue throws plain objects.
  const text =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  const match = /^(?:Parse error: )?sql parser error: ([\s\S]*)$/.exec(text);
  return match ? match[1]! : text;
}

/** The glue gives Maps for some structs and undefined for None. */
function plain(value: unknown): AstValue {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (typeof value === 'object') {
    const copy: Record<string, AstValue> = {};
    for (const key of Object.keys(value)) copy[key] = plain((value as Record<string, unknown>)[key]);
    return copy;
  }
  if (typeof value === 'bigint') return Number(value);
  return value as AstValue;
}
