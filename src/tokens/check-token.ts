/** "Why, and what if" (`beyond.md` B5): the real authorizer's answer about a token, without a request. */
import type { Authentication, Authenticator } from '../auth/authenticator.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { DatabaseReference, Operation } from '../auth/operation.ts';
import { DATABASE_ACTIONS, isDatabaseAction, isSystemResource } from '../auth/permission.ts';
import { unescapeWord } from '../auth/permission-resource.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import { authErrors, catalogErrors } from '../errors/index.ts';
import type { TokenCheck } from './token-service.ts';

interface Parts {
  readonly catalog: Pick<CatalogReader, 'database' | 'tokenByName'>;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
}

/** By `name` or by `token`, exactly one. Throws `token_check_invalid`, or `not_found` for an unknown name. */
export function checkToken(
  parts: Parts,
  input: { name?: string; token?: string; resource: string; action: string },
): TokenCheck {
  if ((input.name === undefined) === (input.token === undefined)) {
    throw authErrors.tokenCheckInvalid('give either token_name or token');
  }
  const operation = parseOperation(parts.catalog, input.resource, input.action);
  const authentication = authenticate(parts, input);
  if (!authentication.ok) {
    const reason = authentication.reason === 'expired' ? 'the token has expired' : 'the token is not known';
    return { allowed: false, reason, rule: null, would_need: null };
  }
  const { allowed, rule, wouldNeed } = parts.authorizer.authorize(authentication.principal, operation);
  const reason = allowed ? `allowed by ${rule}` : `no permission covers it, ${wouldNeed} would`;
  return { allowed, reason, rule, would_need: wouldNeed };
}

function authenticate(parts: Parts, input: { name?: string; token?: string }): Authentication {
  if (input.token !== undefined) return parts.authenticator.authenticate(input.token);
  const name = input.name ?? '';
  const token = parts.catalog.tokenByName(name);
  if (token === undefined) throw catalogErrors.notFound(name);
  return parts.authenticator.principalOf(token);
}

/** `db:NAME`, `db:NAME/TABLE`, `system:NAME`, or `*:*` for administration. */
function parseOperation(catalog: Parts['catalog'], resource: string, action: string): Operation {
  const colon = resource.indexOf(':');
  const type = resource.slice(0, Math.max(0, colon));
  const name = resource.slice(colon + 1);
  if (type === '*' && name === '*') return { kind: 'admin' };
  if (type === 'system') {
    if (!isSystemResource(name)) throw authErrors.tokenCheckInvalid(`unknown system resource ${name}`);
    if (action !== 'read') throw authErrors.tokenCheckInvalid(`unknown system action ${action}`);
    return { kind: 'system', resource: name };
  }
  if (type !== 'db' || name === '') {
    throw authErrors.tokenCheckInvalid('resource must be db:NAME, db:NAME/TABLE, system:NAME or *:*');
  }
  if (!isDatabaseAction(action)) {
    throw authErrors.tokenCheckInvalid(`unknown action ${action}, use ${DATABASE_ACTIONS.join(', ')}`);
  }
  return { kind: 'database', action, ...splitResource(catalog, name) };
}

/** The longest existing database's name, then a table; as in the permission grammar. */
function splitResource(
  catalog: Parts['catalog'],
  name: string,
): { readonly database: DatabaseReference; readonly table?: string } {
  for (let end = name.length; end > 0; end = name.lastIndexOf('/', end - 1)) {
    const database = catalog.database(name.slice(0, end));
    if (database === undefined) continue;
    const reference = { name: database.name, id: database.id };
    if (end === name.length) return { database: reference };
    return { database: reference, table: parseTableName(name.slice(end + 1)) };
  }
  const slash = name.indexOf('/');
  if (slash <= 0) return { database: { name, id: null } };
  return { database: { name: name.slice(0, slash), id: null }, table: parseTableName(name.slice(slash + 1)) };
}

/** Escaped as in permissions, so that what `would_need` says can be asked about. */
function parseTableName(text: string): string {
  const table = unescapeWord(text);
  if (table === undefined) {
    throw authErrors.tokenCheckInvalid(`invalid table name ${text}, write special characters as %XX`);
  }
  return table;
}
