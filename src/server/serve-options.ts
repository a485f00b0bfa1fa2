/** From option values to a `ServerConfig`. */
import { homedir, hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseNetworks } from '../api/address.ts';
import type { LogFormat } from '../telemetry/create-logger.ts';
import { parseLogFilter } from '../telemetry/log-filter.ts';
import type { ListenerConfig, ServerConfig, TlsConfig } from './config.ts';
import type { OptionName } from './option-table.ts';
import {
  OptionError,
  parseBind,
  parseBoolean,
  parseChoice,
  parseCount,
  parseDurationMs,
  parseItems,
  parseOpenPaths,
  parseSize,
} from './option-values.ts';
import { readServeArguments, type ServeArguments, spelled } from './serve-arguments.ts';

export type ServeOptions =
  | { readonly kind: 'help'; readonly all: boolean }
  | { readonly kind: 'config'; readonly config: ServerConfig; readonly notes: readonly string[] };

const DEFAULT_RECOVERY_BIND = '127.0.0.1:8182';
const LOG_FORMATS: readonly LogFormat[] = ['full', 'pretty', 'json', 'logfmt'];

/** Throws an `OptionError` for what cannot be understood; `notes` are to be said on stderr. */
export function parseServeOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ServeOptions {
  const given = readServeArguments(args, environment);
  if (given.help !== 'none') return { kind: 'help', all: given.help === 'all' };
  const read = new OptionReader(given);
  // A server without any word is a quick start in the home directory; `npm start` names its own place.
  const isQuick = read.flag('quick-start');
  const isBare = args.length === 0;
  const notes = given.ignored.map((name) => `${name} has no effect here`);
  const node = nodeId(read, environment, isQuick || isBare);
  if (isBare) {
    notes.push(`Using auto-generated node id: ${node}. For production deployments, explicitly set --node-id`);
  }
  if (read.text('cluster-id') === node) throw new OptionError('--cluster-id must differ from --node-id');
  const store =
    read.value('object-store', (text) =>
      parseChoice(text, ['file', 'memory', 'memory-throttled', 's3', 'google', 'azure']),
    ) ?? 'file';
  if (store === 's3' || store === 'google' || store === 'azure') {
    throw new OptionError(`--object-store ${store} is not part of Sluice: data is on local disk, give file`);
  }
  const temporary = store !== 'file';
  const config: ServerConfig = {
    nodeId: node,
    dataDir: temporary
      ? join(tmpdir(), `sluice-memory-${process.pid}`)
      : resolve(read.text('data-dir') ?? (isQuick ? '.sluice' : join(homedir(), '.influxdb'))),
    temporary,
    listener: {
      bind: read.value('http-bind', parseBind) ?? parseBind(isQuick ? '127.0.0.1:8181' : '0.0.0.0:8181'),
      addressFile: read.text('tcp-listener-file-path') ?? null,
    },
    recovery: recoveryOf(read),
    tls: tlsOf(read),
    withoutAuth: read.flag('without-auth'),
    openPaths: read.value('disable-authz', parseOpenPaths) ?? new Set(),
    adminTokenFile: read.text('admin-token-file') ?? null,
    permissionTokensFile: read.text('permission-tokens-file') ?? null,
    tokensFile: read.text('tokens-file') ?? null,
    maxRequestBytes: read.value('max-http-request-size', (text) => parseSize(text, 'b')) ?? 10_485_760,
    authFailuresPerMinute: read.value('auth-failure-limit', parseCount) ?? 30,
    trustedProxies: read.value('trusted-proxies', trustedNetworks) ?? [],
    auditDataAccess: read.flag('audit-data-access'),
    auditRetentionMs: read.value('audit-retention', parseDurationMs) ?? null,
    maxConcurrentQueries: read.value('max-concurrent-queries', parseCount) ?? null,
    catalogLimits: catalogLimits(read),
    queryMemoryBytes: read.value('exec-mem-pool-size', (text) => parseSize(text, 'b')) ?? null,
    queryThreads: read.value('num-datafusion-threads', parseCount) ?? null,
    queryLogEntries: read.value('query-log-max-entries', parseCount) ?? 1000,
    bufferBytes: read.value('force-snapshot-mem-size', (text) => parseSize(text, 'mb')) ?? null,
    rowDeleteMinimumAgeMs: read.value('row-delete-min-age', parseDurationMs) ?? 10_000,
    retentionCheckMs: read.value('retention-check-interval', parseDurationMs) ?? 1_800_000,
    shutdownTimeoutMs: read.value('shutdown-timeout', parseDurationMs) ?? 30_000,
    log: {
      filter: logFilter(read, given.verbosity),
      format: read.value('log-format', (text) => parseChoice(text, LOG_FORMATS)) ?? 'full',
      destination:
        read.value('log-destination', (text) => parseChoice(text, ['stdout', 'stderr'])) ?? 'stdout',
    },
    quickStart: isQuick || isBare,
  };
  return { kind: 'config', config, notes };
}

/** Reads option texts and puts the option's name before a reason. */
class OptionReader {
  private readonly values: ServeArguments['values'];

  constructor(given: ServeArguments) {
    this.values = given.values;
  }

  text(name: OptionName): string | undefined {
    return this.values.get(name);
  }

  value<Value>(name: OptionName, parse: (text: string) => Value): Value | undefined {
    const text = this.values.get(name);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      const reason = (error as Error).message;
      const rest = reason.startsWith('[') ? `\n  ${reason}` : `: ${reason}`;
      throw new OptionError(`invalid value '${text}' for '${spelled(name)}'${rest}`);
    }
  }

  flag(name: OptionName): boolean {
    return this.value(name, parseBoolean) ?? false;
  }
}

function nodeId(read: OptionReader, environment: NodeJS.ProcessEnv, mayGuess: boolean): string {
  const variable = read.text('node-id-from-env');
  const id = read.text('node-id');
  if (variable !== undefined && id !== undefined) {
    throw new OptionError("the argument '--node-id-from-env' cannot be used with '--node-id'");
  }
  const found = variable === undefined ? id : environment[variable];
  if (variable !== undefined && found === undefined)
    throw new OptionError(`environment variable ${variable} is not set`);
  if (found !== undefined) return found;
  if (mayGuess) return hostname() === '' ? 'primary-node' : `${hostname()}-node`;
  throw new OptionError('the following required arguments were not provided: --node-id <ID>');
}

function recoveryOf(read: OptionReader): ListenerConfig | null {
  const bind = read.value('admin-token-recovery-http-bind', (text) =>
    parseBind(text === '' ? DEFAULT_RECOVERY_BIND : text),
  );
  if (bind === undefined) return null;
  return { bind, addressFile: read.text('admin-token-recovery-tcp-listener-file-path') ?? null };
}

function tlsOf(read: OptionReader): TlsConfig | null {
  const certificateFile = read.text('tls-cert');
  const keyFile = read.text('tls-key');
  const version =
    read.value('tls-minimum-version', (text) => parseChoice(text, ['tls-1.2', 'tls-1.3'])) ?? 'tls-1.2';
  if (certificateFile === undefined && keyFile === undefined) return null;
  if (certificateFile === undefined || keyFile === undefined) {
    throw new OptionError('tls requires both a cert and a key file to be passed in to work');
  }
  return { certificateFile, keyFile, minimumVersion: version === 'tls-1.3' ? 'TLSv1.3' : 'TLSv1.2' };
}

function catalogLimits(read: OptionReader): ServerConfig['catalogLimits'] {
  const databases = read.value('num-database-limit', parseCount);
  const tables = read.value('num-table-limit', parseCount);
  const columnsPerTable = read.value('num-total-columns-per-table-limit', parseCount);
  return {
    ...(databases !== undefined && { databases }),
    ...(tables !== undefined && { tables }),
    ...(columnsPerTable !== undefined && { columnsPerTable }),
  };
}

function trustedNetworks(text: string): string[] {
  const networks = parseItems(text);
  parseNetworks(networks);
  return networks;
}

function logFilter(read: OptionReader, verbosity: number): string {
  const filter = read.value('log-filter', (text) => {
    parseLogFilter(text);
    return text;
  });
  return filter ?? (verbosity === 0 ? 'info' : verbosity === 1 ? 'debug' : 'trace');
}
