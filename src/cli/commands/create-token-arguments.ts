/**
 * The arguments of `influxdb3 create token`: `--admin` and `--permission` began as subcommands with the look of
 * options, and the old shape (`--permission … "db:a:read"`) must keep working beside the new one
 * (`--permission "db:a:read"`), so they are read here and not by the option library (`auth.md` 12.1 to 12.4).
 */
import type { CommonOptions } from '../common-options.ts';
import { UsageError } from '../errors.ts';
import { checkPermissionText, parseLimits, parseSeconds } from '../token-fields.ts';

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
  readonly description: string | undefined;
  readonly limits: Readonly<Record<string, number>> | undefined;
  readonly allowedCidrs: readonly string[] | undefined;
  /** The token may mint children. */
  readonly derive: boolean;
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
  '--description',
];
const REPEATED_OPTIONS = ['--limit', '--allowed-cidr'];
const FLAG_OPTIONS = ['--regenerate', '--offline', '--tls-no-verify', '--derive'];

/** Parses the arguments after `create token`; throws `UsageError`. */
export function parseCreateToken(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): CreateTokenArguments {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const repeated = new Map<string, string[]>(REPEATED_OPTIONS.map((option) => [option, []]));
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
    } else if (VALUE_OPTIONS.includes(option) || REPEATED_OPTIONS.includes(option)) {
      const value = inline ?? args[++index];
      if (value === undefined)
        throw new UsageError(`a value is required for '${option}' but none was supplied`);
      repeated.get(option)?.push(value);
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
  if (permissionFlag && permissions.length === 0) {
    throw new UsageError('the following required arguments were not provided: --permission <PERMISSION>');
  }
  permissions.forEach(checkPermissionText);
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
    expirySecs: values.has('--expiry')
      ? parseSeconds('--expiry <EXPIRY>', values.get('--expiry')!)
      : undefined,
    regenerate: flags.has('--regenerate'),
    format: parseFormat(values.get('--format')),
    offline: flags.has('--offline'),
    outputFile: values.get('--output-file'),
    createDatabases: values.get('--create-databases')?.split(',').filter(Boolean) ?? [],
    description: values.get('--description'),
    limits: parseLimits(repeated.get('--limit')!),
    allowedCidrs: values.has('--allowed-cidr') ? repeated.get('--allowed-cidr') : undefined,
    derive: flags.has('--derive'),
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

function parseFormat(value: string | undefined): 'text' | 'json' {
  if (value === undefined || value === 'text') return 'text';
  if (value === 'json') return 'json';
  throw new UsageError(`invalid value '${value}' for '--format <FORMAT>' [possible values: text, json]`);
}
