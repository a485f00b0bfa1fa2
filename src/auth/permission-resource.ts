/** One item of a database permission's names: `metrics`, `prod_*`, `metrics/cpu_*`, `metrics/cpu[region=eu]`. */
import { authErrors } from '../errors/index.ts';
import type { DatabaseSelector, RowCondition, TableSelector } from './permission.ts';

export interface DatabaseResource {
  readonly database: DatabaseSelector;
  /** null = all tables. */
  readonly tables: readonly TableSelector[] | null;
  readonly rows: readonly RowCondition[] | null;
}

/** What a JSON permission may say beside its names. */
interface Refinement {
  readonly tables?: readonly string[] | undefined;
  readonly where?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

const DATABASE_PREFIX = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const MAXIMUM_CONDITIONS = 32;
const MAXIMUM_VALUES = 1000;

/**
 * Throws `token_permission_invalid` with the item as it was sent. A live database of exactly this name always
 * wins (a name may hold a slash); then the longest such name before a slash, with a table after it.
 */
export function parseDatabaseResource(
  item: string,
  refinement: Refinement,
  resolve: (name: string) => number | undefined,
): DatabaseResource {
  const invalid = (): never => {
    throw authErrors.permissionInvalid(`invalid resource name ${item}`);
  };
  const whole = resolve(item);
  let found: DatabaseResource;
  if (whole !== undefined) {
    found = { database: { kind: 'id', id: whole, name: item }, tables: null, rows: null };
  } else {
    const bracket = item.indexOf('[');
    const path = bracket === -1 ? item : item.slice(0, bracket);
    const rows = bracket === -1 ? null : (parseRows(item.slice(bracket)) ?? invalid());
    const [database, table] = splitPath(path, resolve) ?? invalid();
    if (table === null && rows !== null) invalid();
    const selector = table === null ? null : (parseTable(table) ?? invalid());
    found = { database, tables: selector === 'all' || selector === null ? null : [selector], rows };
  }
  return refine(found, refinement, item);
}

function splitPath(
  path: string,
  resolve: (name: string) => number | undefined,
): [DatabaseSelector, string | null] | undefined {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const id = resolve(path.slice(0, slash));
    if (id !== undefined) {
      return [{ kind: 'id', id, name: path.slice(0, slash) }, path.slice(slash + 1)];
    }
  }
  const star = path.indexOf('*');
  if (star === -1) return undefined;
  const rest = path.slice(star + 1);
  if (rest !== '' && rest[0] !== '/') return undefined;
  const prefix = path.slice(0, star);
  if (prefix !== '' && !DATABASE_PREFIX.test(prefix)) return undefined;
  const database: DatabaseSelector = prefix === '' ? { kind: 'all' } : { kind: 'prefix', prefix };
  return [database, rest === '' ? null : rest.slice(1)];
}

/** A name, a prefix before `*`, or `*` alone for all of them. */
function parseTable(text: string): TableSelector | 'all' | undefined {
  if (text === '*') return 'all';
  const isPrefix = text.endsWith('*');
  const word = unescapeWord(isPrefix ? text.slice(0, -1) : text);
  if (word === undefined) return undefined;
  return isPrefix ? { kind: 'prefix', prefix: word } : { kind: 'name', name: word };
}

/** `[tag=value|value,tag=value]`; a star in a value is refused, because it would read as a pattern. */
function parseRows(text: string): RowCondition[] | undefined {
  if (!text.endsWith(']')) return undefined;
  const rows: RowCondition[] = [];
  for (const part of text.slice(1, -1).split(',')) {
    const equals = part.indexOf('=');
    const tag = equals === -1 ? undefined : unescapeWord(part.slice(0, equals));
    const values = part
      .slice(equals + 1)
      .split('|')
      .map(unescapeWord);
    if (tag === undefined || values.includes(undefined)) return undefined;
    rows.push({ tag, values: [...new Set(values as string[])] });
  }
  return validRows(rows) ? rows : undefined;
}

function validRows(rows: readonly RowCondition[]): boolean {
  if (rows.length === 0 || rows.length > MAXIMUM_CONDITIONS) return false;
  if (new Set(rows.map(({ tag }) => tag)).size !== rows.length) return false;
  return rows.every(({ tag, values }) => {
    const words = [tag, ...values];
    return (
      values.length > 0 &&
      values.length <= MAXIMUM_VALUES &&
      words.every((word) => word !== '' && word.isWellFormed())
    );
  });
}

/** The word behind `escapeWord`'s text; undefined when it is empty or has a bare special character. */
export function unescapeWord(text: string): string | undefined {
  if (text === '' || /[*=|[\]\u0000-\u001f\u007f]/.test(text)) return undefined;
  try {
    const word = decodeURIComponent(text);
    return word.isWellFormed() ? word : undefined;
  } catch {
    return undefined;
  }
}

/** Adds the `tables` and `where` of a JSON permission; an item that already says either cannot say it twice. */
function refine(found: DatabaseResource, refinement: Refinement, item: string): DatabaseResource {
  const refuse = (reason: string): never => {
    throw authErrors.permissionInvalid(reason);
  };
  let { tables, rows } = found;
  if (refinement.tables !== undefined) {
    if (tables !== null || rows !== null) refuse(`resource name ${item} already names a table`);
    if (refinement.tables.length === 0) refuse('missing tables');
    if (refinement.tables.includes('*') && refinement.tables.some((table) => table !== '*')) {
      refuse('mixed wildcard (*) and table name');
    }
    const selectors = [...new Set(refinement.tables)].map(
      (table) => parseTable(table) ?? refuse(`invalid table name ${table}`),
    );
    tables = selectors.includes('all') ? null : (selectors as TableSelector[]);
  }
  if (refinement.where !== undefined) {
    if (rows !== null) refuse(`resource name ${item} already has row conditions`);
    rows = Object.entries(refinement.where).map(([tag, values]) => ({
      tag,
      values: [...new Set(typeof values === 'string' ? [values] : values)],
    }));
    if (!validRows(rows)) refuse('invalid where, expected tags with one or more values');
  }
  return { ...found, tables, rows };
}
