import { totalmem } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { ServerConfig } from './config.ts';
import { IGNORED_FLAGS, IGNORED_VALUES, OPTIONS, REFUSED } from './option-table.ts';
import { serveHelp } from './serve-arguments.ts';
import { parseServeOptions } from './serve-options.ts';

function parse(line: string, environment: NodeJS.ProcessEnv = {}): ServerConfig {
  const options = parseServeOptions(
    ['--node-id', 'n', ...line.split(' ').filter((word) => word !== '')],
    environment,
  );
  if (options.kind !== 'config') throw new Error('help');
  return options.config;
}

test('defaults are those of InfluxDB 3 Enterprise', () => {
  const config = parse('');
  expect(config).toMatchObject({
    nodeId: 'n',
    temporary: false,
    listener: { bind: { host: '0.0.0.0', port: 8181 }, addressFile: null },
    recovery: null,
    tls: null,
    withoutAuth: false,
    maxRequestBytes: 10_485_760,
    authFailuresPerMinute: 30,
    shutdownTimeoutMs: 30_000,
    quickStart: false,
  });
  expect(config.dataDir).toMatch(/\/\.influxdb$/);
});

test('npm start listens on the loopback and stores under the checkout', () => {
  const options = parseServeOptions(['--quick-start'], {});
  expect(options).toMatchObject({
    kind: 'config',
    config: {
      listener: { bind: { host: '127.0.0.1', port: 8181 } },
      dataDir: expect.stringMatching(/\/\.sluice$/),
      quickStart: true,
    },
  });
});

test('an option beats the environment, the newer variable the older one, and both the default', () => {
  const environment = {
    INFLUXDB3_DATA_DIR: '/new',
    INFLUXDB3_DB_DIR: '/old',
    INFLUXDB3_START_WITHOUT_AUTH: 'true',
    INFLUXDB3_HTTP_BIND_ADDR: '127.0.0.1:1',
  };
  expect(parse('', environment)).toMatchObject({
    dataDir: '/new',
    withoutAuth: true,
    listener: { bind: { host: '127.0.0.1', port: 1 } },
  });
  expect(parse('--data-dir /given --http-bind :2', environment)).toMatchObject({
    dataDir: '/given',
    listener: { bind: { host: '0.0.0.0', port: 2 } },
  });
  expect(parse('', { ...environment, INFLUXDB3_WITHOUT_AUTH: 'false' }).withoutAuth).toBe(false);
});

test('each grammar of values', () => {
  expect(
    parse(
      '--http-bind [::1]:0 --max-http-request-size 2MB --exec-mem-pool-size 50% --shutdown-timeout 0s ' +
        '--retention-check-interval 1h --disable-authz health,ping --trusted-proxies 10.0.0.0/8,::1 ' +
        '--tls-cert c --tls-key k --tls-minimum-version tls-1.3 --admin-token-recovery-http-bind',
    ),
  ).toMatchObject({
    listener: { bind: { host: '::1', port: 0 } },
    maxRequestBytes: 2 * 2 ** 20,
    queryMemoryBytes: Math.floor(totalmem() / 2),
    shutdownTimeoutMs: 0,
    retentionCheckMs: 3_600_000,
    openPaths: new Set(['/health', '/api/v1/health', '/ping']),
    trustedProxies: ['10.0.0.0/8', '::1'],
    tls: { certificateFile: 'c', keyFile: 'k', minimumVersion: 'TLSv1.3' },
    recovery: { bind: { host: '127.0.0.1', port: 8182 }, addressFile: null },
  });
});

describe('what cannot be meant is refused with its name', () => {
  test.each<[string, RegExp]>([
    ['--nonsense', /unexpected argument '--nonsense' found/],
    ['stray', /unexpected argument 'stray' found/],
    ['--data-dir', /a value is required for '--data-dir <DIR>' but none/],
    ['--http-bind 8181', /invalid value '8181' for '--http-bind <ADDRESS>': /],
    ['--http-bind 1.2.3.4:99999', /for '--http-bind <ADDRESS>'/],
    ['--max-http-request-size much', /for '--max-http-request-size <SIZE>'/],
    ['--tls-minimum-version tls-1.1', /<VERSION>'\n {2}\[possible values: tls-1.2, tls-1.3\]/],
    ['--shutdown-timeout 10', /for '--shutdown-timeout <DURATION>'/],
    ['--trusted-proxies 10.0.0.0/99', /not a network/],
    ['--tls-cert c', /tls requires both a cert and a key file to be passed in to work/],
    ['--tls-cert c --tls-key k --tls-minimum-version tls-1.1', /possible values: tls-1.2, tls-1.3/],
    ['--disable-authz login', /allowed values are health, ping, metrics, ready, pprof, and node_stop/],
    ['--disable-authz health,health,health,health,health,health,health', /cannot take more than 6 items/],
    ['--object-store s3', /is not part of Sluice/],
    ['--cluster-id n', /--cluster-id must differ from --node-id/],
    ['--log-filter loud', /'loud' is not a log filter/],
    ['--node-id-from-env X', /cannot be used with '--node-id'/],
    ['--mode ingest', /a Sluice server does everything/],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  test.each(Object.entries(REFUSED))('--%s', (name, message) => {
    expect(() => parse(`--${name} x`)).toThrow(message);
  });

  test('no node id', () => {
    expect(() => parseServeOptions(['--data-dir', '/x'], {})).toThrow(/--node-id <ID>/);
  });
});

test('options that tune other storage are accepted and said to have no effect, never their values', () => {
  const args = [
    ...IGNORED_VALUES.flatMap((name) => [`--${name}`, 'SECRET']),
    ...IGNORED_FLAGS.map((name) => `--${name}`),
  ];
  const options = parseServeOptions(['--node-id', 'n', ...args], {});
  expect(options).toMatchObject({ kind: 'config' });
  const notes = options.kind === 'config' ? options.notes : [];
  expect(notes).toHaveLength(IGNORED_VALUES.length + IGNORED_FLAGS.length);
  expect(notes.join()).not.toContain('SECRET');
});

test('options of the storage engine as a preview are accepted, flags with a value too', () => {
  const line = '--node-id n --pt-file-cache-size 1gb --pt-enable-auto-dvc --enable-retention false --verbose';
  const options = parseServeOptions(line.split(' '), {});
  expect(options).toMatchObject({
    config: { log: { filter: 'debug' } },
    notes: ['--pt-file-cache-size', '--pt-enable-auto-dvc', '--enable-retention'].map(
      (name) => `${name} has no effect here`,
    ),
  });
});

test('each option has one meaning, and is in the help', () => {
  const names = [
    ...OPTIONS.flatMap((option) => [option.name, ...('aliases' in option ? option.aliases : [])]),
    ...IGNORED_VALUES,
    ...IGNORED_FLAGS,
    ...Object.keys(REFUSED),
  ];
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const help = serveHelp(true);
  for (const { name } of OPTIONS) expect(help).toContain(`--${name}`);
  expect(parseServeOptions(['--help'], {})).toEqual({ kind: 'help', all: false });
});
