/** The token calls (`auth.md` 3, `beyond.md` B2, B3, B5 to B7). The rules are the token service's. */
import { printPermission } from '../../auth/permission-print.ts';
import { authErrors } from '../../errors/index.ts';
import { describeSelf } from '../../tokens/token-self.ts';
import type { CreatedToken, CreateTokenInput, UpdateTokenInput } from '../../tokens/token-service.ts';
import { readJsonStruct } from '../read-json-struct.ts';
import { jsonReply, OK, type Reply } from '../reply.ts';
import { ADMIN, AUTHENTICATED, defineRoute, type Permission } from '../route.ts';
import { readCreateToken, readUpdateToken } from './token-body.ts';

const TOKEN = '/api/v3/configure/token';
const ENTERPRISE = '/api/v3/enterprise/configure/token';
const DEFAULT_GRACE_SECS = 86_400n;

/** The six fields of every reply that makes a string (`auth.md` 3.2). The only place where one leaves. */
export function tokenReply({ record, token }: CreatedToken): Reply {
  return jsonReply(201, {
    id: record.id,
    name: record.name,
    token,
    hash: Buffer.from(record.hash).toString('hex'),
    created_at: isoTime(record.createdAtMs),
    expiry: isoTime(record.expiryMs),
  });
}

const isoTime = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

const BOOTSTRAP: Permission<unknown> = {
  kind: 'bootstrap',
  why: 'there is no token yet that could be asked for; the service refuses once the operator token exists',
};

export const createOperator = defineRoute({
  method: 'POST',
  path: `${TOKEN}/admin`,
  permission: BOOTSTRAP,
  parse: () => undefined,
  handle: async (_input, { dependencies, caller }) =>
    tokenReply(await dependencies.tokens.createOperator(caller)),
});

export const regenerateOperator = defineRoute({
  method: 'POST',
  path: `${TOKEN}/admin/regenerate`,
  permission: ADMIN,
  parse: () => undefined,
  handle: async (_input, { dependencies, caller }) =>
    tokenReply(await dependencies.tokens.regenerateOperator(caller)),
});

export const createNamedAdmin = defineRoute<{ name: string; expirySecs: bigint | null }>({
  method: 'POST',
  path: `${TOKEN}/named_admin`,
  permission: ADMIN,
  parse: async (context) => {
    const body = await readJsonStruct(context, 'CreateNamedAdminTokenRequest');
    return { name: body.string('token_name'), expirySecs: body.optionalU64('expiry_secs') ?? null };
  },
  handle: async ({ name, expirySecs }, { dependencies, caller }) =>
    tokenReply(await dependencies.tokens.createNamedAdmin(caller, name, expirySecs)),
});

const createResource = (path: string) =>
  defineRoute<CreateTokenInput>({
    method: 'POST',
    path,
    permission: ADMIN,
    parse: readCreateToken,
    handle: async (input, { dependencies, caller }) =>
      tokenReply(await dependencies.tokens.createResourceToken(caller, input)),
  });

export const createResourceToken = createResource(ENTERPRISE);
export const createResourceTokenAlias = createResource(TOKEN);

const remove = (path: string) =>
  defineRoute<{ name: string }>({
    method: 'DELETE',
    path,
    permission: ADMIN,
    parse: ({ parameters }) => ({ name: parameters.required('token_name') }),
    handle: async ({ name }, { dependencies, caller }) => {
      await dependencies.tokens.delete(caller, name);
      return OK;
    },
  });

export const deleteToken = remove(TOKEN);
export const deleteTokenAlias = remove(ENTERPRISE);

export const updateToken = defineRoute<{ name: string; change: UpdateTokenInput }>({
  method: 'PATCH',
  path: ENTERPRISE,
  permission: ADMIN,
  parse: async (context) => ({
    name: context.parameters.required('token_name'),
    change: await readUpdateToken(context),
  }),
  handle: async ({ name, change }, { dependencies, caller }) => {
    const token = await dependencies.tokens.update(caller, name, change);
    return jsonReply(200, {
      id: token.id,
      name: token.name,
      description: token.description,
      permissions: token.permissions.map(printPermission),
      expiry: isoTime(token.expiryMs),
      limits: token.limits,
      allowed_cidrs: token.allowedCidrs,
      derive: token.derive,
      updated_at: isoTime(token.updatedAtMs),
    });
  },
});

export const rotateToken = defineRoute<{ name: string; graceSecs: bigint }>({
  method: 'POST',
  path: `${ENTERPRISE}/rotate`,
  permission: ADMIN,
  parse: async (context) => {
    const body = await readJsonStruct(context, 'RotateTokenRequest');
    return {
      name: body.string('token_name'),
      graceSecs: body.optionalU64('grace_secs') ?? DEFAULT_GRACE_SECS,
    };
  },
  handle: async ({ name, graceSecs }, { dependencies, caller }) =>
    tokenReply(await dependencies.tokens.rotate(caller, name, Number(graceSecs))),
});

/** Any valid token may ask: whether it carries `derive` is the service's rule. */
export const deriveToken = defineRoute<CreateTokenInput>({
  method: 'POST',
  path: `${ENTERPRISE}/derive`,
  permission: AUTHENTICATED,
  parse: readCreateToken,
  handle: async (input, { dependencies, caller }) =>
    tokenReply(await dependencies.tokens.derive(caller, input)),
});

interface CheckInput {
  readonly name?: string;
  readonly token?: string;
  readonly resource: string;
  readonly action: string;
}

export const checkToken = defineRoute<CheckInput>({
  method: 'POST',
  path: `${ENTERPRISE}/check`,
  permission: ADMIN,
  parse: async (context) => {
    const body = await readJsonStruct(context, 'CheckTokenRequest');
    const name = body.optionalString('token_name');
    const token = body.optionalString('token');
    return {
      ...(name !== undefined && { name }),
      ...(token !== undefined && { token }),
      resource: body.string('resource'),
      action: body.string('action'),
    };
  },
  handle: (input, { dependencies }) => jsonReply(200, dependencies.tokens.check(input)),
});

export const tokenSelf = defineRoute({
  method: 'GET',
  path: `${ENTERPRISE}/self`,
  permission: AUTHENTICATED,
  parse: () => undefined,
  handle: (_input, { principal, budget }) => {
    if (principal.kind !== 'token') throw authErrors.unauthenticated();
    return jsonReply(200, describeSelf(principal, budget?.left() ?? {}));
  },
});
