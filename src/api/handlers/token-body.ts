/** Bodies of the token calls (`auth.md` 2.1 and 3.8, `beyond.md` B1, B9, B10): JSON fields to service inputs. */
import type { PermissionSource } from '../../auth/permission-grammar.ts';
import type { TokenLimits } from '../../auth/token.ts';
import type { CreateTokenInput, UpdateTokenInput } from '../../tokens/token-service.ts';
import type { JsonStruct } from '../json-body.ts';
import { readJsonStruct } from '../read-json-struct.ts';
import type { RequestContext } from '../request-context.ts';

export async function readCreateToken(context: RequestContext): Promise<CreateTokenInput> {
  const body = await readJsonStruct(context, 'CreateTokenRequest');
  return {
    name: body.string('token_name'),
    permissions: readPermissions(body),
    expirySecs: body.optionalU64('expiry_secs') ?? null,
    ...readExtras(body),
  };
}

/** What is absent stays as it is; `null` takes away. */
export async function readUpdateToken(context: RequestContext): Promise<UpdateTokenInput> {
  const body = await readJsonStruct(context, 'UpdateTokenRequest');
  const newName = body.optionalString('new_name');
  return {
    ...(newName !== undefined && { newName }),
    ...(body.has('permissions') && { permissions: readPermissions(body) }),
    ...(body.has('expiry_secs') && { expirySecs: body.optionalU64('expiry_secs') ?? null }),
    ...readExtras(body),
  };
}

function readExtras(
  body: JsonStruct,
): Pick<UpdateTokenInput, 'description' | 'limits' | 'allowedCidrs' | 'derive'> {
  const derive = body.optionalBoolean('derive');
  return {
    ...(body.has('description') && { description: body.optionalString('description') ?? null }),
    ...(body.has('limits') && { limits: readLimits(body) }),
    ...(body.has('allowed_cidrs') && { allowedCidrs: body.optionalStrings('allowed_cidrs') ?? null }),
    ...(derive !== undefined && { derive }),
  };
}

/** Every field is kept, unknown ones too: the service refuses those by name. */
function readLimits(body: JsonStruct): TokenLimits | null {
  if (body.isNull('limits')) return null;
  const limits = body.struct('limits', 'struct TokenLimits');
  return Object.fromEntries([...limits.entries()].map(([name]) => [name, limits.optionalNumber(name)]));
}

function readPermissions(body: JsonStruct): PermissionSource[] {
  return body.items('permissions').map((item) => {
    if (item.kind === 'string') return item.value;
    return readPermission(body.itemStruct(item, 'struct TokenPermission'));
  });
}

function readPermission(permission: JsonStruct): PermissionSource {
  const resourceType = permission.string('resource_type');
  const tables = permission.optionalStrings('tables');
  return {
    resource_type: resourceType,
    resource_names: readNames(permission),
    actions: permission.strings('actions'),
    ...(tables !== undefined && { tables }),
    ...(permission.has('where') && !permission.isNull('where') && { where: readWhere(permission) }),
  };
}

/** Both spellings: `resource_names`, and `resource_identifier` of the earlier documentation. Given both, they agree. */
function readNames(permission: JsonStruct): string[] {
  if (!permission.has('resource_identifier')) return permission.strings('resource_names');
  const older = permission.strings('resource_identifier');
  if (!permission.has('resource_names')) return older;
  const names = permission.strings('resource_names');
  if (names.some((name) => !older.includes(name)) || older.some((name) => !names.includes(name))) {
    throw permission.failure('duplicate field `resource_names`');
  }
  return names;
}

function readWhere(permission: JsonStruct): Record<string, string | readonly string[]> {
  const where = permission.struct('where', 'a map');
  return Object.fromEntries(
    [...where.entries()].map(([tag, value]) => [
      tag,
      value.kind === 'string' ? value.value : where.readStrings(value),
    ]),
  );
}
