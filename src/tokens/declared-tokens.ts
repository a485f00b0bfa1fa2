/**
 * Declared tokens (`beyond.md` B13): a file says which tokens there are, and the catalog is made to match. Only
 * tokens that a file made (`origin: 'file'`) are ever changed or deleted. YAML or JSON.
 */

import type { PermissionSource } from '../auth/permission-grammar.ts';
import type { TokenLimits } from '../auth/token.ts';
import { TOKEN_PREFIX } from '../auth/token-string.ts';
import { authErrors } from '../errors/index.ts';
import { readRfc3339, wholeMs } from '../platform/rfc3339.ts';
import type { TokenFileAccess } from './file-access.ts';
import {
  asObject,
  FieldProblem,
  type JsonObject,
  optionalBoolean,
  optionalString,
  optionalStrings,
  optionalTimeMs,
  requiredArray,
  requiredString,
} from './json-fields.ts';
import { OPERATOR_NAME, validCidrs, validDescription, validLimits } from './validate.ts';
import { parseYamlObject } from './yaml-text.ts';

export interface DeclaredToken {
  readonly name: string;
  readonly token: string;
  readonly permissions: readonly PermissionSource[];
  readonly expiryMs: number | null;
  readonly description: string | null;
  readonly limits: TokenLimits | null;
  readonly allowedCidrs: readonly string[] | null;
  readonly derive: boolean;
}

export interface DeclaredTokens {
  readonly createDatabases: readonly string[];
  readonly tokens: readonly DeclaredToken[];
}

/** Where the strings of tokens come from when they are not in the file itself. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: Pick<TokenFileAccess, 'read'>;
}

/**
 * Parses the file and fetches every token's string. Throws `declared_tokens_invalid`, naming the token.
 * A token has `name`, `permissions`, `expiry` (RFC 3339) or `expiry_millis`, `limits`, `allowed_cidrs`,
 * `description`, `derive`, and one of `token`, `token_env`, `token_file`.
 */
export async function parseDeclaredTokens(text: string, sources: SecretSources): Promise<DeclaredTokens> {
  const file = explain('', () => parseYamlObject(text));
  refuseUnknown('', file, FILE_FIELDS);
  const createDatabases = explain('', () => [...new Set(optionalStrings(file, 'create_databases') ?? [])]);
  const items = explain('', () => requiredArray(file, 'tokens').map(asObject));
  const tokens: DeclaredToken[] = [];
  const names = new Set<string>();
  for (const [index, item] of items.entries()) {
    const name = explain(`token ${index + 1}: `, () => requiredString(item, 'name'));
    if (name === '' || name === OPERATOR_NAME)
      invalid(`token ${index + 1}: the name ${JSON.stringify(name)} cannot be declared`);
    if (names.has(name)) invalid(`token ${name} is declared twice`);
    names.add(name);
    tokens.push(await parseToken(name, item, sources));
  }
  return { createDatabases, tokens };
}

const FILE_FIELDS: ReadonlySet<string> = new Set(['create_databases', 'tokens']);

const TOKEN_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'permissions',
  'expiry',
  'expiry_millis',
  'description',
  'limits',
  'allowed_cidrs',
  'derive',
  'token',
  'token_env',
  'token_file',
]);

/** A misspelt `allowed_cidrs` would make a token that is allowed from everywhere. */
function refuseUnknown(where: string, object: JsonObject, known: ReadonlySet<string>): void {
  const unknown = Object.keys(object).find((field) => !known.has(field));
  if (unknown !== undefined) invalid(`${where}unknown field \`${unknown}\``);
}

async function parseToken(name: string, item: JsonObject, sources: SecretSources): Promise<DeclaredToken> {
  const where = `token ${name}: `;
  refuseUnknown(where, item, TOKEN_FIELDS);
  const fields = explain(where, () => ({
    name,
    permissions: requiredArray(item, 'permissions').map(readPermissionSource),
    expiryMs: parseExpiry(item),
    description: validDescription(optionalString(item, 'description')),
    limits: validLimits(item.limits as TokenLimits | null | undefined),
    allowedCidrs: validCidrs(optionalStrings(item, 'allowed_cidrs')),
    derive: optionalBoolean(item, 'derive'),
  }));
  const token = await findString(where, item, sources);
  if (!token.startsWith(TOKEN_PREFIX))
    invalid(`${where}Invalid token format: must start with '${TOKEN_PREFIX}'`);
  return { ...fields, token };
}

/** Strings are the usual form; objects have the fields of the HTTP call. */
function readPermissionSource(value: unknown): PermissionSource {
  if (typeof value === 'string') return value;
  const object = asObject(value);
  const required = (field: string) => {
    const values = optionalStrings(object, field);
    if (values === undefined) throw new FieldProblem(`missing field \`${field}\``);
    return values;
  };
  const tables = optionalStrings(object, 'tables');
  const where = object.where;
  return {
    resource_type: requiredString(object, 'resource_type'),
    resource_names: required('resource_names'),
    actions: required('actions'),
    ...(tables !== undefined && { tables }),
    ...(where !== undefined && { where: parseWhere(asObject(where)) }),
  };
}

function parseWhere(where: JsonObject): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    Object.keys(where).map((tag) => {
      if (typeof where[tag] === 'string') return [tag, where[tag]];
      return [tag, optionalStrings(where, tag) ?? []];
    }),
  );
}

function parseExpiry(item: JsonObject): number | null {
  const text = optionalString(item, 'expiry');
  const millis = optionalTimeMs(item, 'expiry_millis');
  if (text === undefined) return millis;
  if (millis !== null) throw new FieldProblem('give either expiry or expiry_millis');
  const ns = readRfc3339(text);
  if (typeof ns === 'string') throw new FieldProblem('expiry must be an RFC 3339 time');
  return wholeMs(ns);
}

async function findString(where: string, item: JsonObject, sources: SecretSources): Promise<string> {
  const [token, variable, path] = explain(where, () => [
    optionalString(item, 'token'),
    optionalString(item, 'token_env'),
    optionalString(item, 'token_file'),
  ]);
  if ([token, variable, path].filter((source) => source !== undefined).length !== 1) {
    invalid(`${where}give exactly one of token, token_env, token_file`);
  }
  if (token !== undefined) return token;
  if (variable !== undefined) {
    return sources.environment[variable] ?? invalid(`${where}environment variable ${variable} is not set`);
  }
  try {
    return (await sources.files.read(path ?? '')).trim();
  } catch {
    return invalid(`${where}cannot read ${path}`);
  }
}

function explain<Value>(where: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    return invalid(where + (error instanceof Error ? error.message : String(error)));
  }
}

function invalid(reason: string): never {
  throw authErrors.declaredTokensInvalid(reason);
}
