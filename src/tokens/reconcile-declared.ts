/** From declared tokens to a plan, and from the plan to the catalog (`beyond.md` B13). */
import { isDeepStrictEqual } from 'node:util';
import { parsePermissions } from '../auth/permission-grammar.ts';
import type { TokenRecord } from '../auth/token.ts';
import { hashKey, hashToken, tokenKey } from '../auth/token-string.ts';
import type { Catalog, CatalogReader } from '../catalog/catalog.ts';
import { authErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import { changeContext, databaseResolver } from './change-context.ts';
import type { DeclaredTokens } from './declared-tokens.ts';
import { newTokenRecord } from './new-token.ts';
import type { Caller } from './token-service.ts';

/** What a file decides about a token. */
type DeclaredFields = Pick<
  TokenRecord,
  'name' | 'hash' | 'permissions' | 'expiryMs' | 'description' | 'limits' | 'allowedCidrs' | 'derive'
>;

export type PlanStep =
  | { readonly kind: 'create_database'; readonly name: string }
  | { readonly kind: 'create'; readonly name: string; readonly fields: DeclaredFields }
  | {
      readonly kind: 'update';
      readonly name: string;
      readonly id: number;
      /** Names of what changes, never its values. */
      readonly changes: readonly string[];
      readonly fields: DeclaredFields;
    }
  | { readonly kind: 'delete'; readonly name: string; readonly id: number };

const FIELD_NAMES: Readonly<Record<Exclude<keyof DeclaredFields, 'name'>, string>> = {
  hash: 'token',
  permissions: 'permissions',
  expiryMs: 'expiry',
  description: 'description',
  limits: 'limits',
  allowedCidrs: 'allowed_cidrs',
  derive: 'derive',
};

/** Stands for a database that the plan itself creates; never stored. */
const PLANNED_DATABASE_ID = -1;

/**
 * What has to change, without changing it. Throws `declared_tokens_invalid` for a name that a token made by hand
 * already has, for a string that another token has, and for permissions that cannot be parsed.
 */
export function planDeclaredTokens(declared: DeclaredTokens, catalog: CatalogReader): PlanStep[] {
  const resolve = databaseResolver(catalog);
  const newDatabases = declared.createDatabases.filter((name) => resolve(name) === undefined);
  const resolvePlanned = (name: string) =>
    resolve(name) ?? (newDatabases.includes(name) ? PLANNED_DATABASE_ID : undefined);
  const steps: PlanStep[] = newDatabases.map((name) => ({ kind: 'create_database', name }));
  for (const { token, permissions, ...rest } of declared.tokens) {
    const fields: DeclaredFields = {
      ...rest,
      hash: hashToken(token),
      permissions: explain(rest.name, () => parsePermissions(permissions, resolvePlanned)),
    };
    const existing = catalog.tokenByName(fields.name);
    if (existing === undefined) {
      steps.push({ kind: 'create', name: fields.name, fields });
    } else if (existing.origin !== 'file') {
      throw authErrors.declaredTokensInvalid(
        `token ${fields.name} exists and was not made by a tokens file, choose another name or delete it`,
      );
    } else {
      const changes = Object.entries(FIELD_NAMES)
        .filter(([field]) => !isDeepStrictEqual(plain(existing, field), plain(fields, field)))
        .map(([, name]) => name);
      if (changes.length > 0) {
        steps.push({ kind: 'update', name: fields.name, id: existing.id, changes, fields });
      }
    }
  }
  const names = new Set(declared.tokens.map(({ name }) => name));
  refuseSharedStrings(declared, catalog, names);
  for (const token of catalog.tokens()) {
    if (token.origin === 'file' && !names.has(token.name)) {
      steps.push({ kind: 'delete', name: token.name, id: token.id });
    }
  }
  return steps;
}

/** One string is one token. Known before anything is changed, so that no half of a file is ever applied. */
function refuseSharedStrings(
  declared: DeclaredTokens,
  catalog: CatalogReader,
  names: ReadonlySet<string>,
): void {
  const owners = new Map<string, string>();
  const claim = (key: string, name: string) => {
    const owner = owners.get(key);
    if (owner !== undefined && owner !== name) {
      throw authErrors.declaredTokensInvalid(`tokens ${owner} and ${name} have the same string`);
    }
    owners.set(key, name);
  };
  for (const { name, token } of declared.tokens) claim(tokenKey(token), name);
  for (const token of catalog.tokens()) {
    // Its string is free: the plan deletes it first.
    if (token.origin === 'file' && !names.has(token.name)) continue;
    for (const hash of token.previous === null ? [token.hash] : [token.hash, token.previous.hash]) {
      const key = hashKey(hash);
      if (owners.has(key)) claim(key, token.name);
    }
  }
}

/** Buffers and records may differ in class but not in content. */
function plain(fields: DeclaredFields, field: string): unknown {
  const value = fields[field as keyof DeclaredFields];
  return Buffer.isBuffer(value) || value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

/** One line a step: `+`, `~` or `-`, then what. No values, so no secrets. */
export function printPlan(steps: readonly PlanStep[]): string[] {
  return steps.map((step) => {
    if (step.kind === 'create_database') return `+ database ${step.name}`;
    if (step.kind === 'create') return `+ token ${step.name}`;
    if (step.kind === 'delete') return `- token ${step.name}`;
    return `~ token ${step.name} (${step.changes.join(', ')})`;
  });
}

/**
 * Makes the catalog match and gives the steps that were taken. Idempotent: what a crash left undone, the next
 * call does. Deletions come first, so that a string may move from one name to another.
 */
export async function applyDeclaredTokens(
  declared: DeclaredTokens,
  parts: { readonly catalog: Catalog; readonly clock: Clock; readonly caller: Caller },
): Promise<PlanStep[]> {
  const { catalog, clock, caller } = parts;
  // Refuses the whole file before anything is changed.
  const plan = planDeclaredTokens(declared, catalog);
  for (const step of plan) {
    if (step.kind !== 'create_database') continue;
    const context = { ...changeContext(caller, 'database.create', '', null), resource: `db:${step.name}` };
    await catalog.as(context).createDatabase(step.name);
  }
  // Again, now that every database has its id.
  const steps = planDeclaredTokens(declared, catalog);
  for (const step of steps) {
    if (step.kind !== 'delete') continue;
    await catalog.as(changeContext(caller, 'token.delete', step.name, null)).deleteToken(step.id);
  }
  const nowMs = clock.nowMs();
  for (const step of steps) {
    if (step.kind === 'create') {
      const record = newTokenRecord({ ...step.fields, createdAtMs: nowMs, origin: 'file' });
      await catalog.as(changeContext(caller, 'token.create', step.name, record)).createToken(record);
    } else if (step.kind === 'update') {
      const context = changeContext(caller, 'token.update', step.name, step.fields);
      await catalog.as(context).updateToken(step.id, (newest) => ({
        ...newest,
        ...step.fields,
        // A rotation by hand is over once the file's own string is in force again.
        previous: step.changes.includes('token') ? null : newest.previous,
        updatedAtMs: nowMs,
        updatedBy: context.tokenId,
      }));
    }
  }
  return plan;
}

function explain<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw authErrors.declaredTokensInvalid(
      `token ${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
