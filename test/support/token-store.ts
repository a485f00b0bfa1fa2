/** The real token service on a real catalog in memory or in a file, with a clock that tests move. */

import { Authenticator } from '../../src/auth/authenticator.ts';
import { createAuthorizer } from '../../src/auth/authorizer.ts';
import type { Principal } from '../../src/auth/principal.ts';
import type { ChangeContext } from '../../src/catalog/audit.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite/open.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { createTokenService } from '../../src/tokens/create-token-service.ts';
import type { Caller, TokenService } from '../../src/tokens/token-service.ts';

export const START_MS = Date.parse('2026-01-02T03:04:05.000Z');

export const ANYONE: Caller = {
  requestId: 'request-0',
  client: '127.0.0.1',
  principal: { kind: 'anonymous' },
};

export const DATABASE_CONTEXT: ChangeContext = {
  requestId: 'request-0',
  tokenId: null,
  tokenName: null,
  client: null,
  action: 'database.change',
  resource: 'db',
  detail: null,
};

export interface TokenStore {
  readonly clock: { atMs: number; nowMs(): number; nowNs(): bigint; monotonicMs(): number };
  readonly catalog: Catalog;
  readonly authenticator: Authenticator;
  readonly authorizer: ReturnType<typeof createAuthorizer>;
  readonly service: TokenService;
  /** The principal that a string is; throws when it is none. */
  login(token: string): Principal & { readonly kind: 'token' };
  /** Who calls with a string. */
  caller(token: string): Caller;
  createDatabase(name: string): Promise<number>;
}

/** `path` absent = in memory. Close the catalog in the end. */
export async function openTokenStore(path = ':memory:', startMs = START_MS): Promise<TokenStore> {
  const clock = {
    atMs: startMs,
    nowMs: () => clock.atMs,
    nowNs: () => BigInt(clock.atMs) * 1_000_000n,
    monotonicMs: () => clock.atMs,
  };
  const random = systemRandom;
  const catalog = await openSqliteCatalog({ path, engine: null, clock, random, logger: silentLogger });
  const authenticator = new Authenticator({ clock });
  const authorizer = createAuthorizer();
  const service = createTokenService({ catalog, authenticator, authorizer, clock, random });
  const login = (token: string) => {
    const answer = authenticator.authenticate(token);
    if (!answer.ok) throw new Error(`not authenticated: ${answer.reason}`);
    return answer.principal;
  };
  return {
    clock,
    catalog,
    authenticator,
    authorizer,
    service,
    login,
    caller: (token) => ({ ...ANYONE, principal: login(token) }),
    createDatabase: async (name) => (await catalog.as(DATABASE_CONTEXT).createDatabase(name)).id,
  };
}
