/**
 * `influxdb3 create token`: `--admin` and `--permission` began as subcommands with the look of options, and the
 * old shape (`--permission … "db:a:read"`) must keep working beside the new one (`--permission "db:a:read"`), so
 * this one command reads its arguments itself (`auth.md` 12.1 to 12.4).
 */
import { readFileSync } from 'node:fs';
import { parseDuration } from '../../tokens/duration.ts';
import { type CommonOptions, createClient } from '../common-options.ts';
import { UsageError } from '../errors.ts';
import { styled, type Terminal } from '../output.ts';
import { CREATE_TOKEN_HELP } from './create-token-help.ts';
import { createOfflineToken } from './create-token-offline.ts';

export interface CreateTokenArguments {
  readonly admin: boolean;
  readonly permissions: readonly string[];
  readonly name: string | undefined;
  /** Whole seconds; undefined = never. */
  readonly expirySecs: number | undefined;
  readonly regenerate: boolean;
  readonly format: 'text' | 'json';
  readonly offline: boolean;
  readonly outputFile: string | undefined;
  readonly createDatabases: readonly string[];
  readonly connection: CommonOptions;
}

const VALUE_OPTIONS = [
  '--name',
  '--expiry',
  '--host',
  '-H',
  '--token',
  '--tls-ca',
  '--format',
  '--output-file',
  '--create-databases',
];
const FLAG_OPTIONS = ['--regenerate', '--offline', '--tls-no-verify'];

/** Runs the command; `help` is printed when it is asked for. */
export async function runCreateToken(args: readonly string[], terminal: Terminal): Promise<void> {
  if (args.some((argument) => ['-h', '--help', '--help-all'].includes(argument))) {
    terminal.out(CREATE_TOKEN_HELP);
    return;
  }
  const parsed = parseCreateToken(args);
  try {
    const token = parsed.offline
      ? await createOfflineToken(parsed, terminal)
      : await createOnline(parsed, terminal);
    printToken(terminal, parsed.format, token);
  } catch (error) {
    throw new TokenCreationFailed(describeFailure(error));
  }
}

/** Printed as `Failed to create token, error: …`; exit code 1 (`auth.md` 12.1 `[choice]`). */
export class TokenCreationFailed extends Error {
  override name = 'TokenCreationFailed';
}

/** Parses the arguments after `create token`; throws `UsageError`. */
export function parseCreateToken(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): CreateTokenArguments {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const permissions: string[] = [];
  let permissionFlag = false;
  let admin = false;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    const [option, inline] = splitInline(argument);
    if (option === '--admin') {
      admin = true;
    } else if (option === '--permission') {
      permissionFlag = true;
      const next = inline ?? (looksLikePermission(args[index + 1]) ? args[++index] : undefined);
      if (next !== undefined) permissions.push(next);
    } else if (VALUE_OPTIONS.includes(option)) {
      const value = inline ?? args[++index];
      if (value === undefined)
        throw new UsageError(`a value is required for '${option}' but none was supplied`);
      values.set(option === '-H' ? '--host' : option, value);
    } else if (FLAG_OPTIONS.includes(option)) {
      flags.add(option);
    } else if (argument.startsWith('-')) {
      throw new UsageError(`unexpected argument '${argument}' found`);
    } else {
      permissions.push(argument);
    }
  }
  if (!admin && !permissionFlag) {
    if (args.length === 0) {
      throw new UsageError('Missing required subcommand. Use: influxdb3 create token --admin [OPTIONS]');
    }
    throw new UsageError(`unexpected argument '${args[0]}' found`);
  }
  if (admin && permissionFlag) throw new UsageError('--admin cannot be used with --permission');
  if (admin && permissions.length > 0) throw new UsageError(`unexpected argument '${permissions[0]}' found`);
  checkPermissions(permissionFlag, permissions);
  const name = values.get('--name');
  if (flags.has('--regenerate') && name !== undefined) {
    throw new UsageError(
      '--regenerate cannot be used with --name, --regenerate only applies for operator token',
    );
  }
  if (permissionFlag && name === undefined) {
    throw new UsageError('the following required arguments were not provided: --name <NAME>');
  }
  if (flags.has('--offline') && !values.has('--output-file')) {
    throw new UsageError('--output-file is required with --offline');
  }
  return {
    admin,
    permissions,
    name,
    expirySecs: parseExpiry(values.get('--expiry')),
    regenerate: flags.has('--regenerate'),
    format: parseFormat(values.get('--format')),
    offline: flags.has('--offline'),
    outputFile: values.get('--output-file'),
    createDatabases: values.get('--create-databases')?.split(',').filter(Boolean) ?? [],
    connection: connectionOf(values, flags, environment),
  };
}

function connectionOf(
  values: ReadonlyMap<string, string>,
  flags: ReadonlySet<string>,
  environment: NodeJS.ProcessEnv,
): CommonOptions {
  const token = values.get('--token') ?? environment.INFLUXDB3_AUTH_TOKEN;
  const tlsCa = values.get('--tls-ca') ?? environment.INFLUXDB3_TLS_CA;
  return {
    host: values.get('--host') ?? environment.INFLUXDB3_HOST_URL ?? 'http://127.0.0.1:8181',
    ...(token === undefined ? {} : { token }),
    ...(tlsCa === undefined ? {} : { tlsCa }),
    tlsNoVerify: flags.has('--tls-no-verify') || environment.INFLUXDB3_TLS_NO_VERIFY === 'true',
  };
}

function splitInline(argument: string): [string, string | undefined] {
  const at = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** An argument that follows `--permission` is its value when it has two colons and is no option. */
function looksLikePermission(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith('-') && argument.split(':').length >= 3;
}

function checkPermissions(asked: boolean, permissions: readonly string[]): void {
  if (!asked) return;
  if (permissions.length === 0) {
    throw new UsageError('the following required arguments were not provided: --permission <PERMISSION>');
  }
  for (const permission of permissions) {
    if (permission.split(':').length < 3) {
      throw new UsageError(
        `invalid value '${permission}' for '--permission <PERMISSION>': expected RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS`,
      );
    }
  }
}

function parseExpiry(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const parsed = parseDuration(value);
  if (!parsed.ok) throw new UsageError(`invalid value '${value}' for '--expiry <EXPIRY>': ${parsed.message}`);
  return Math.floor(parsed.seconds);
}

function parseFormat(value: string | undefined): 'text' | 'json' {
  if (value === undefined || value === 'text') return 'text';
  if (value === 'json') return 'json';
  throw new UsageError(`invalid value '${value}' for '--format <FORMAT>' [possible values: text, json]`);
}

async function createOnline(parsed: CreateTokenArguments, terminal: Terminal): Promise<string> {
  if (parsed.regenerate) {
    terminal.out("Are you sure you want to regenerate admin token? Enter 'yes' to confirm\n");
    if ((await terminal.readLine()).trim() !== 'yes') {
      throw new Error('Cannot regenerate token without confirmation');
    }
  }
  const client = createClient(parsed.connection);
  try {
    const response = await client.request({ method: 'POST', ...requestOf(parsed) });
    return (JSON.parse(response.body.toString('utf8')) as { token: string }).token;
  } finally {
    client.close();
  }
}

function requestOf(parsed: CreateTokenArguments): { path: string; json?: unknown } {
  if (!parsed.admin) {
    return {
      path: '/api/v3/enterprise/configure/token',
      json: {
        token_name: parsed.name,
        permissions: parsed.permissions.map(permissionObject),
        ...(parsed.expirySecs === undefined ? {} : { expiry_secs: parsed.expirySecs }),
      },
    };
  }
  if (parsed.regenerate) return { path: '/api/v3/configure/token/admin/regenerate' };
  if (parsed.name === undefined) return { path: '/api/v3/configure/token/admin' };
  return {
    path: '/api/v3/configure/token/named_admin',
    json: {
      token_name: parsed.name,
      ...(parsed.expirySecs === undefined ? {} : { expiry_secs: parsed.expirySecs }),
    },
  };
}

/** Type before the first colon, actions after the last, names between (`auth.md` 2.3). */
function permissionObject(permission: string): object {
  const first = permission.indexOf(':');
  const last = permission.lastIndexOf(':');
  return {
    resource_type: permission.slice(0, first),
    resource_names: splitNames(permission.slice(first + 1, last)),
    actions: permission.slice(last + 1).split(','),
  };
}

/** Commas inside a row filter's brackets belong to the filter. */
function splitNames(names: string): string[] {
  return names.split(/,(?![^[]*\])/);
}

function printToken(terminal: Terminal, format: 'text' | 'json', token: string): void {
  const header = `Authorization: Bearer ${token}`;
  if (format === 'json') {
    const help_msg = `Store this token securely, as it will not be shown again. HTTP requests require the following header: "${header}"`;
    terminal.out(JSON.stringify({ help_msg, token }, null, 2) + '\n');
    return;
  }
  const colour = terminal.outIsTerminal;
  terminal.out(
    `\n${styled(colour, 'New token created successfully!', 'underline')}\n\n` +
      `${styled(colour, 'Token:', 'bold')} ${token}\n` +
      `${styled(colour, 'HTTP Requests Header:', 'bold')} ${header}\n\n` +
      `${styled(colour, 'IMPORTANT:', 'red', 'bold')} Store this token securely, as it will not be shown again.\n\n`,
  );
}

function describeFailure(error: unknown): string {
  if (error instanceof Error && error.name === 'ServerError') {
    const { status, serverMessage } = error as Error & { status: number; serverMessage: string };
    return `ApiError { code: ${status}, message: ${JSON.stringify(serverMessage)}, error_code: None }`;
  }
  if (error instanceof Error && error.name === 'ConnectionError') {
    return `RequestSend { ${error.message} }`;
  }
  return JSON.stringify(error instanceof Error ? error.message : String(error));
}

/** Reads an existing file, or gives undefined when there is none. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
