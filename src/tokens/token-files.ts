/**
 * Preconfigured token files (`auth.md` 9.3): read at start, applied per name, so that a second start does
 * nothing. Any failure stops the start with a `token_file` error whose text names the file or the token.
 */
import type { Permission } from '../auth/permission.ts';
import { parsePermissions } from '../auth/permission-grammar.ts';
import { hashToken, TOKEN_PREFIX } from '../auth/token-string.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { authErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { changeContext, databaseResolver, SERVER_CALLER } from './change-context.ts';
import { diskFileAccess, type TokenFileAccess } from './file-access.ts';
import {
  asObject,
  FieldProblem,
  optionalString,
  optionalStrings,
  optionalTimeMs,
  parseJsonObject,
  requiredArray,
  requiredString,
} from './json-fields.ts';
import { newTokenRecord } from './new-token.ts';
import { OPERATOR_NAME } from './validate.ts';

export interface FileToken {
  readonly token: string;
  readonly name: string;
  readonly expiryMs: number | null;
}

export interface PermissionTokensFile {
  readonly createDatabases: readonly string[];
  readonly tokens: readonly (FileToken & { readonly permissions: readonly string[] })[];
}

export interface TokenFilesOptions {
  readonly adminTokenFile?: string | undefined;
  readonly permissionTokensFile?: string | undefined;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly files?: TokenFileAccess;
}

type FileKind = 'admin token' | 'permission tokens';

/** Reads both files (those that are given), then makes what is missing. Not to be called under `--without-auth`. */
export async function applyTokenFiles(options: TokenFilesOptions): Promise<void> {
  const { adminTokenFile, permissionTokensFile } = options;
  if (adminTokenFile !== undefined) {
    const file = await readTokenFile(options, 'admin token', adminTokenFile, parseAdminTokenFile);
    await createMissing(options, file, [{ kind: 'admin' }]);
  }
  if (permissionTokensFile !== undefined) {
    const file = await readTokenFile(
      options,
      'permission tokens',
      permissionTokensFile,
      parsePermissionTokensFile,
    );
    await applyPermissionTokens(options, file);
  }
}

/** Throws `FieldProblem` for the form and `token_file` for a bad prefix. Unknown fields are ignored. */
export function parseAdminTokenFile(text: string): FileToken {
  const object = parseJsonObject(text);
  return { ...parseFileToken(object), name: optionalString(object, 'name') ?? OPERATOR_NAME };
}

/** As `parseAdminTokenFile`. */
export function parsePermissionTokensFile(text: string): PermissionTokensFile {
  const object = parseJsonObject(text);
  return {
    createDatabases: [...new Set(optionalStrings(object, 'create_databases') ?? [])],
    tokens: requiredArray(object, 'tokens').map((item) => {
      const token = asObject(item);
      const permissions = optionalStrings(token, 'permissions');
      if (permissions === undefined) throw new FieldProblem('missing field `permissions`');
      return { ...parseFileToken(token), name: requiredString(token, 'name'), permissions };
    }),
  };
}

function parseFileToken(object: Readonly<Record<string, unknown>>): Omit<FileToken, 'name'> {
  const token = requiredString(object, 'token');
  if (!token.startsWith(TOKEN_PREFIX)) {
    throw authErrors.tokenFile(`Invalid token format: must start with '${TOKEN_PREFIX}'`);
  }
  return { token, expiryMs: optionalTimeMs(object, 'expiry_millis') };
}

async function readTokenFile<File>(
  options: TokenFilesOptions,
  kind: FileKind,
  path: string,
  parse: (text: string) => File,
): Promise<File> {
  const files = options.files ?? diskFileAccess;
  const fail = (what: string) => (error: unknown) => {
    throw authErrors.tokenFile(
      `Failed to ${what}: ${error instanceof Error ? error.message : String(error)}`,
    );
  };
  const mode = await files.mode(path).catch(fail(`read ${kind} file metadata`));
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8);
    const title = kind === 'admin token' ? 'Admin token' : 'Permission tokens';
    options.logger.warn(
      { path },
      `${title} file has insecure permissions: ${octal}. Consider using chmod 0600.`,
    );
  }
  const text = await files.read(path).catch(fail(`read ${kind} file`));
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof FieldProblem) return fail(`parse ${kind} file as JSON`)(error);
    throw error;
  }
}

/** Databases first, then tokens; one token that cannot be made stops the start. */
async function applyPermissionTokens(options: TokenFilesOptions, file: PermissionTokensFile): Promise<void> {
  const { catalog, logger } = options;
  for (const name of file.createDatabases) {
    if (databaseResolver(catalog)(name) !== undefined) continue;
    const context = { ...changeContext(SERVER_CALLER, 'database.create', '', null), resource: `db:${name}` };
    try {
      await catalog.as(context).createDatabase(name);
    } catch (error) {
      throw authErrors.tokenFile(`cannot create database ${name}: ${messageOf(error)}`).withCause(error);
    }
    logger.info({ database: name }, 'created a database of the permission tokens file');
  }
  for (const token of file.tokens) {
    if (catalog.tokenByName(token.name) !== undefined) {
      skip(logger, token.name);
      continue;
    }
    let permissions: Permission[];
    try {
      permissions = parsePermissions(token.permissions, databaseResolver(catalog));
    } catch (error) {
      throw authErrors.tokenFile(`token ${token.name}: ${messageOf(error)}`).withCause(error);
    }
    if (token.name === OPERATOR_NAME) {
      throw authErrors.tokenFile(`token ${token.name}: the name is reserved for the operator token`);
    }
    await createMissing(options, token, permissions);
  }
}

async function createMissing(
  { catalog, clock, logger }: TokenFilesOptions,
  file: FileToken,
  permissions: readonly Permission[],
): Promise<void> {
  if (catalog.tokenByName(file.name) !== undefined) return skip(logger, file.name);
  if (file.name === '') throw authErrors.tokenFile(authErrors.tokenNameEmpty().message);
  const record = newTokenRecord({
    name: file.name,
    hash: hashToken(file.token),
    createdAtMs: clock.nowMs(),
    permissions,
    expiryMs: file.expiryMs,
    origin: 'preconfigured',
  });
  try {
    await catalog
      .as(changeContext(SERVER_CALLER, 'token.preconfigure', file.name, record))
      .createToken(record);
  } catch (error) {
    throw authErrors.tokenFile(`token ${file.name}: ${messageOf(error)}`).withCause(error);
  }
  logger.info({ token_name: file.name }, 'created a token of a token file');
}

function skip(logger: Logger, name: string): void {
  logger.info({ token_name: name }, 'a token of this name exists already, the token file is ignored for it');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
