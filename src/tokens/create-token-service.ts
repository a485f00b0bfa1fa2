/**
 * Everything that can be done with tokens (`auth.md` 3, `beyond.md` B2, B3, B5, B7). Validates in the order of
 * the specification, then makes one change in the catalog, which writes its audit row in the same transaction.
 */
import type { Authenticator } from '../auth/authenticator.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Permission } from '../auth/permission.ts';
import { type PermissionSource, parsePermissions } from '../auth/permission-grammar.ts';
import type { TokenRecord } from '../auth/token.ts';
import { generateToken, hashToken } from '../auth/token-string.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { authErrors, catalogErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { RandomSource } from '../platform/random.ts';
import { changeContext, databaseResolver } from './change-context.ts';
import { checkToken } from './check-token.ts';
import { deriveRecord, lineageOf, refuseMoreThanParent } from './derive-token.ts';
import { newTokenRecord } from './new-token.ts';
import type {
  Caller,
  CreatedToken,
  CreateTokenInput,
  TokenCheck,
  TokenService,
  UpdateTokenInput,
} from './token-service.ts';
import {
  expiryFromSecs,
  OPERATOR_NAME,
  validCidrs,
  validDescription,
  validGraceSecs,
  validLimits,
  validName,
} from './validate.ts';

export interface TokenServiceParts {
  readonly catalog: Catalog;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const ADMIN_PERMISSIONS: readonly Permission[] = [{ kind: 'admin' }];

/** Loads the authenticator from the catalog and keeps it in step: no request after a change sees the old state. */
export function createTokenService(parts: TokenServiceParts): TokenService {
  const { catalog, authenticator } = parts;
  authenticator.load(catalog.tokens());
  catalog.subscribe({
    tokenCreated: (token) => authenticator.upsert(token),
    tokenUpdated: (token, before) => authenticator.upsert(token, before),
    tokenDeleted: (token) => authenticator.remove(token),
  });
  return new CatalogTokenService(parts);
}

class CatalogTokenService implements TokenService {
  readonly #parts: TokenServiceParts;

  constructor(parts: TokenServiceParts) {
    this.#parts = parts;
  }

  async createOperator(caller: Caller): Promise<CreatedToken> {
    const { clock } = this.#parts;
    return this.#create(caller, 'token.create_operator', (hash) =>
      newTokenRecord({
        name: OPERATOR_NAME,
        hash,
        createdAtMs: clock.nowMs(),
        permissions: ADMIN_PERMISSIONS,
        origin: 'api',
      }),
    );
  }

  async regenerateOperator(caller: Caller): Promise<CreatedToken> {
    this.#requireAdmin(caller);
    const { catalog, clock } = this.#parts;
    const operator = catalog.tokenByName(OPERATOR_NAME);
    if (operator === undefined) throw authErrors.missingAdminToken();
    return this.#replaceString(caller, 'token.regenerate', operator, () => ({
      updatedAtMs: clock.nowMs(),
      updatedBy: operator.id,
      previous: null,
    }));
  }

  async createNamedAdmin(caller: Caller, name: string, expirySecs: bigint | null): Promise<CreatedToken> {
    this.#requireAdmin(caller);
    const nowMs = this.#parts.clock.nowMs();
    const expiryMs = expiryFromSecs(nowMs, expirySecs);
    return this.#create(caller, 'token.create_admin', (hash) =>
      newTokenRecord({
        name: validName(name),
        hash,
        createdAtMs: nowMs,
        permissions: ADMIN_PERMISSIONS,
        expiryMs,
        origin: 'api',
      }),
    );
  }

  async createResourceToken(caller: Caller, input: CreateTokenInput): Promise<CreatedToken> {
    this.#requireAdmin(caller);
    const permissions = this.#parse(input.permissions);
    const nowMs = this.#parts.clock.nowMs();
    return this.#create(caller, 'token.create', (hash) =>
      newTokenRecord({
        name: resourceName(input.name),
        hash,
        createdAtMs: nowMs,
        permissions,
        expiryMs: expiryFromSecs(nowMs, input.expirySecs),
        description: validDescription(input.description),
        limits: validLimits(input.limits),
        allowedCidrs: validCidrs(input.allowedCidrs),
        derive: input.derive === true,
        origin: 'api',
      }),
    );
  }

  async update(caller: Caller, name: string, change: UpdateTokenInput): Promise<TokenRecord> {
    this.#requireAdmin(caller);
    const { catalog, clock } = this.#parts;
    const token = this.#find(name);
    const nowMs = clock.nowMs();
    const touchesCore = [change.newName, change.permissions, change.expirySecs, change.derive];
    if (token.name === OPERATOR_NAME && touchesCore.some((field) => field !== undefined)) {
      throw authErrors.cannotChangeOperator();
    }
    const changed: Partial<TokenRecord> = {
      ...(change.permissions !== undefined && { permissions: this.#parse(change.permissions) }),
      ...(change.newName !== undefined && { name: this.#freeName(change.newName, token) }),
      ...(change.expirySecs !== undefined && { expiryMs: expiryFromSecs(nowMs, change.expirySecs) }),
      ...(change.description !== undefined && { description: validDescription(change.description) }),
      ...(change.limits !== undefined && { limits: validLimits(change.limits) }),
      ...(change.allowedCidrs !== undefined && { allowedCidrs: validCidrs(change.allowedCidrs) }),
      ...(change.derive !== undefined && { derive: change.derive }),
    };
    const context = changeContext(caller, 'token.update', name, changed);
    return catalog.as(context).updateToken(token.id, (newest) => {
      const next = { ...newest, ...changed, updatedAtMs: nowMs, updatedBy: context.tokenId };
      // Checked on the newest state: parents that are narrowed meanwhile still bound their child.
      for (let id = next.parentId; id !== null; ) {
        const parent = catalog.tokenById(id);
        refuseMoreThanParent(next, parent);
        id = parent?.parentId ?? null;
      }
      return next;
    });
  }

  async rotate(caller: Caller, name: string, graceSecs: number): Promise<CreatedToken> {
    this.#requireAdmin(caller);
    const token = this.#find(name);
    const grace = validGraceSecs(graceSecs);
    const nowMs = this.#parts.clock.nowMs();
    const updatedBy = caller.principal.kind === 'token' ? caller.principal.token.id : null;
    return this.#replaceString(caller, 'token.rotate', token, (newest) => ({
      updatedAtMs: nowMs,
      updatedBy,
      // Only the string before this one lives on: a second rotation ends the oldest at once.
      previous: grace === 0 ? null : { hash: newest.hash, expiresAtMs: nowMs + grace * 1000 },
    }));
  }

  async derive(caller: Caller, input: CreateTokenInput): Promise<CreatedToken> {
    const { principal } = caller;
    if (principal.kind !== 'token' || !lineageOf(principal).every((token) => token.derive)) {
      throw authErrors.forbidden();
    }
    const permissions = this.#parse(input.permissions);
    const record = deriveRecord(principal, input, permissions, this.#parts.clock.nowMs());
    resourceName(input.name);
    return this.#create(caller, 'token.derive', (hash) => newTokenRecord({ ...record, hash }));
  }

  async delete(caller: Caller, name: string): Promise<void> {
    this.#requireAdmin(caller);
    if (name === OPERATOR_NAME) throw authErrors.cannotDeleteOperator();
    const token = this.#find(name);
    await this.#parts.catalog.as(changeContext(caller, 'token.delete', name, null)).deleteToken(token.id);
  }

  check(input: Parameters<TokenService['check']>[0]): TokenCheck {
    return checkToken(this.#parts, input);
  }

  async #create(
    caller: Caller,
    action: string,
    makeRecord: (hash: Buffer) => Omit<TokenRecord, 'id'>,
  ): Promise<CreatedToken> {
    const { catalog, random } = this.#parts;
    const token = generateToken(random);
    const made = makeRecord(hashToken(token));
    if (catalog.tokenByName(made.name) !== undefined) throw authErrors.tokenNameExists(made.name);
    const record = await catalog.as(changeContext(caller, action, made.name, made)).createToken(made);
    return { record, token };
  }

  async #replaceString(
    caller: Caller,
    action: string,
    token: TokenRecord,
    change: (newest: TokenRecord) => Partial<TokenRecord>,
  ): Promise<CreatedToken> {
    const { catalog, random } = this.#parts;
    const string = generateToken(random);
    const hash = hashToken(string);
    const { previous } = change(token);
    const context = changeContext(caller, action, token.name, previous === undefined ? {} : { previous });
    const record = await catalog
      .as(context)
      .updateToken(token.id, (newest) => ({ ...newest, ...change(newest), hash }));
    return { record, token: string };
  }

  #parse(permissions: readonly PermissionSource[]): Permission[] {
    return parsePermissions(permissions, databaseResolver(this.#parts.catalog));
  }

  #find(name: string): TokenRecord {
    const token = this.#parts.catalog.tokenByName(name);
    if (token === undefined) throw catalogErrors.notFound(name);
    return token;
  }

  #freeName(name: string, token: TokenRecord): string {
    if (name === token.name) return name;
    const free = resourceName(name);
    if (this.#parts.catalog.tokenByName(free) !== undefined) throw authErrors.tokenNameExists(free);
    return free;
  }

  /** A second lock: the interfaces ask the same before they call. */
  #requireAdmin(caller: Caller): void {
    if (!this.#parts.authorizer.authorize(caller.principal, { kind: 'admin' }).allowed)
      throw authErrors.forbidden();
  }
}

/** No token but the operator's may take its name, not even while there is none. */
function resourceName(name: string): string {
  if (name === OPERATOR_NAME) throw authErrors.tokenNameExists(name);
  return validName(name);
}
