/** The audit side of every change of a token: who, on what, and what it was. Never a string or a hash. */

import type { ResolveDatabase } from '../auth/permission-grammar.ts';
import { printPermission } from '../auth/permission-print.ts';
import type { TokenRecord } from '../auth/token.ts';
import type { ChangeContext } from '../catalog/audit.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import type { Caller } from './token-service.ts';

/** The server itself, at start: what files and options ask for. */
export const SERVER_CALLER: Caller = {
  requestId: 'start',
  client: null,
  principal: { kind: 'anonymous' },
};

/** The audit context of a change of the token called `name`. */
export function changeContext(
  caller: Caller,
  action: string,
  name: string,
  token: Partial<TokenRecord> | null,
): ChangeContext {
  const author = caller.principal.kind === 'token' ? caller.principal.token : null;
  return {
    requestId: caller.requestId,
    client: caller.client,
    tokenId: author?.id ?? null,
    tokenName: author?.name ?? null,
    action,
    resource: `token:${name}`,
    detail: token === null ? null : JSON.stringify(tokenDetail(token)),
  };
}

function tokenDetail(token: Partial<TokenRecord>): object {
  const { name, permissions, expiryMs, limits, allowedCidrs, derive, parentId, previous } = token;
  return {
    ...(name !== undefined && { name }),
    ...(permissions !== undefined && { permissions: permissions.map(printPermission) }),
    ...(expiryMs !== undefined && { expiry: isoTime(expiryMs) }),
    ...(limits !== undefined && { limits }),
    ...(allowedCidrs !== undefined && { allowed_cidrs: allowedCidrs }),
    ...(derive !== undefined && { derive }),
    ...(parentId !== undefined && parentId !== null && { parent_id: parentId }),
    ...(previous !== undefined && previous !== null && { old_works_until: isoTime(previous.expiresAtMs) }),
  };
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Binds names of live databases to ids, as the permission grammar asks for it. */
export function databaseResolver(catalog: Pick<CatalogReader, 'database'>): ResolveDatabase {
  return (name) => {
    const database = catalog.database(name);
    return database === undefined || database.deletedAtMs !== null ? undefined : database.id;
  };
}
