/**
 * `npm run bench:auth [-- --tokens 10,1000,100000,1000000 --asks 200000]`: what authentication and authorization
 * cost a request, what tokens cost to load, and how many durable changes a second there are. In process; prints
 * Markdown tables.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageRecorder } from '../../src/api/usage-recorder.ts';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { createAuthorizer } from '../../src/auth/authorizer.ts';
import { TokenLimiter } from '../../src/auth/limiter.ts';
import type { Operation } from '../../src/auth/operation.ts';
import type { Permission } from '../../src/auth/permission.ts';
import type { TokenLimits } from '../../src/auth/token.ts';
import { hashToken } from '../../src/auth/token-string.ts';
import type { ChangeContext } from '../../src/catalog/audit.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite/open.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { createTokenService } from '../../src/tokens/create-token-service.ts';
import { newTokenRecord } from '../../src/tokens/new-token.ts';
import type { Caller } from '../../src/tokens/token-service.ts';

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '10,1000,100000,1000000' },
    asks: { type: 'string', default: '200000' },
    changes: { type: 'string', default: '20000' },
    /** Only loads this store and prints what that took: the start of a process of its own. */
    load: { type: 'string' },
  },
});
const counts = values.tokens.split(',').map(Number);
const asks = Number(values.asks);
const changes = Number(values.changes);

const CONTEXT: ChangeContext = {
  requestId: 'bench',
  tokenId: null,
  tokenName: null,
  client: null,
  action: 'token.create',
  resource: 'token:bench',
  detail: null,
};
const ANYONE: Caller = { requestId: 'bench', client: null, principal: { kind: 'anonymous' } };
const OPERATION: Operation = {
  kind: 'database',
  database: { name: 'metrics', id: 7 },
  action: 'write',
  table: 'cpu',
};
const PLAIN: readonly Permission[] = [
  {
    kind: 'database',
    databases: [{ kind: 'id', id: 7, name: 'metrics' }],
    tables: null,
    rows: null,
    actions: ['read', 'write'],
  },
];
const TABLES: readonly Permission[] = [
  {
    kind: 'database',
    databases: [{ kind: 'prefix', prefix: 'metr' }],
    tables: [
      { kind: 'name', name: 'mem' },
      { kind: 'prefix', prefix: 'cp' },
    ],
    rows: null,
    actions: ['read', 'write'],
  },
];
const LIMITS: TokenLimits = { requests_per_sec: 1e9, write_bytes_per_sec: 1e12 };

const open = (path: string) =>
  openSqliteCatalog({ path, engine: null, clock: systemClock, random: systemRandom, logger: silentLogger });

/** A string like a real one, without the cost of a million random ones. */
const stringOf = (index: number) => `apiv3_${index.toString(36).padStart(86, 'Q')}`;

async function fill(catalog: Catalog, from: number, to: number): Promise<void> {
  const writer = catalog.as(CONTEXT);
  for (let start = from; start < to; start += 5000) {
    const batch: Promise<unknown>[] = [];
    for (let index = start; index < Math.min(to, start + 5000); index++) {
      batch.push(
        writer.createToken(
          newTokenRecord({
            name: `token-${index}`,
            hash: hashToken(stringOf(index)),
            createdAtMs: systemClock.nowMs(),
            permissions: index % 2 === 0 ? PLAIN : TABLES,
            origin: 'api',
            limits: index % 4 < 2 ? null : LIMITS,
          }),
        ),
      );
    }
    await Promise.all(batch);
  }
}

interface Quantiles {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly meanUs: number;
}

/** Each ask by itself; the timer's own cost (about 0.03 µs) is in it. The mean is over the whole, without timers. */
function measure(ask: (index: number) => void): Quantiles {
  for (let index = 0; index < 20_000; index++) ask(index);
  const times = new Float64Array(asks);
  for (let index = 0; index < asks; index++) {
    const started = process.hrtime.bigint();
    ask(index);
    times[index] = Number(process.hrtime.bigint() - started);
  }
  times.sort();
  const started = performance.now();
  for (let index = 0; index < asks; index++) ask(index);
  const meanUs = ((performance.now() - started) * 1000) / asks;
  return {
    p50Us: times[Math.floor(asks * 0.5)]! / 1000,
    p99Us: times[Math.floor(asks * 0.99)]! / 1000,
    meanUs,
  };
}

const number = (value: number) => value.toFixed(value < 10 ? 2 : 0);
const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const rssMb = () => process.memoryUsage().rss / 1e6;

function printRequestRows(catalog: Catalog, authenticator: Authenticator, count: number): void {
  const authorizer = createAuthorizer();
  const limiter = new TokenLimiter({ clock: systemClock });
  // Made before the clock runs: a request brings its own string.
  const sample = Math.min(count, 20_000);
  const pick = (remainder: number) => {
    const strings: string[] = [];
    for (let index = 0; index < sample; index++) {
      const spread = Math.floor((index * count) / sample);
      strings.push(stringOf(Math.min(count - 1, spread - (spread % 4) + remainder)));
    }
    return strings;
  };
  const unknown = Array.from({ length: sample }, (_, index) => stringOf(count + index));
  const authorize = (strings: readonly string[]) => (index: number) => {
    const answer = authenticator.authenticate(strings[index % sample]!);
    if (!answer.ok || !authorizer.authorize(answer.principal, OPERATION).allowed) throw new Error('refused');
  };
  const limited = (strings: readonly string[]) => (index: number) => {
    const answer = authenticator.authenticate(strings[index % sample]!);
    if (!answer.ok || !authorizer.authorize(answer.principal, OPERATION).allowed) throw new Error('refused');
    if (!limiter.takeRequest(answer.principal).ok) throw new Error('limited');
  };
  const usage = new UsageRecorder(catalog, systemClock);
  const used = (strings: readonly string[]) => (index: number) => {
    const answer = authenticator.authenticate(strings[index % sample]!);
    if (!answer.ok || !authorizer.authorize(answer.principal, OPERATION).allowed) throw new Error('refused');
    usage.record(answer.principal.token.id, '127.0.0.1', 'bench');
  };
  const audited = (strings: readonly string[]) => (index: number) => {
    const answer = authenticator.authenticate(strings[index % sample]!);
    if (!answer.ok) throw new Error('unknown');
    const { allowed, rule } = authorizer.authorize(answer.principal, OPERATION);
    if (!allowed) throw new Error('refused');
    catalog.audit.record({ ...CONTEXT, timeMs: systemClock.nowMs(), decision: 'allow', rule, status: null });
  };
  const plain = pick(0);
  const cases: [string, (index: number) => void][] = [
    ['(SHA-512 of the string alone)', (index) => void hash('sha512', plain[index % sample]!, 'binary')],
    [
      'whole database, one token again and again',
      (() => {
        const ask = authorize(plain);
        return () => ask(0);
      })(),
    ],
    ['whole database', authorize(plain)],
    ['pattern and tables', authorize(pick(1))],
    ['whole database, limits off', limited(pick(0))],
    ['whole database, limits on', limited(pick(2))],
    ['whole database, last use on', used(pick(0))],
    ['whole database, audit of data access on', audited(pick(0))],
    [
      'unknown token',
      (index) => {
        if (authenticator.authenticate(unknown[index % sample]!).ok) throw new Error('let in');
      },
    ],
  ];
  for (const [name, ask] of cases) {
    const { p50Us, p99Us, meanUs } = measure(ask);
    row(count, name, number(p50Us), number(p99Us), number(meanUs));
  }
}

async function load(path: string) {
  const catalog = await open(path);
  const authenticator = new Authenticator({ clock: systemClock });
  authenticator.load(catalog.tokens());
  return { catalog, authenticator };
}

function loadInOwnProcess(path: string): string[] {
  const args = ['--expose-gc', '--disable-warning=ExperimentalWarning', import.meta.filename, '--load', path];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as string[];
}

async function printLoad(path: string): Promise<void> {
  const beforeMb = rssMb();
  const startedCpu = process.cpuUsage();
  const started = performance.now();
  const { catalog, authenticator } = await load(path);
  const loadMs = performance.now() - started;
  const { user, system } = process.cpuUsage(startedCpu);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const cells = [loadMs, (user + system) / 1000, (heapUsed + external) / 1e6, rssMb() - beforeMb];
  console.log(JSON.stringify(cells.map(number)));
  if (authenticator.size === 0) throw new Error('nothing was loaded');
  await catalog.close();
}

async function printRequests(directory: string): Promise<void> {
  console.log('Authenticate and authorize one request, in µs:\n');
  row('tokens', 'permission', 'p50', 'p99', 'mean');
  row('---:', '---', '---:', '---:', '---:');
  const loads: (readonly (string | number)[])[] = [];
  for (const count of counts) {
    const path = join(directory, `${count}.db`);
    const filled = await open(path);
    await fill(filled, 0, count);
    await filled.close();
    loads.push([count, ...loadInOwnProcess(path)]);
    const { catalog, authenticator } = await load(path);
    printRequestRows(catalog, authenticator, count);
    await catalog.close();
  }
  console.log('\nStart with so many tokens in the store, in a process of its own:\n');
  row('tokens', 'ms until they authenticate', 'CPU ms', 'MB in use', 'MB resident more');
  row('---:', '---:', '---:', '---:', '---:');
  for (const cells of loads) row(...cells);
}

async function perSecond(run: (index: number) => Promise<unknown>, inFlight: number): Promise<number> {
  const started = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < changes) await run(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return changes / ((performance.now() - started) / 1000);
}

async function printChanges(directory: string): Promise<void> {
  const catalog = await open(join(directory, 'changes.db'));
  const authenticator = new Authenticator({ clock: systemClock });
  const service = createTokenService({
    catalog,
    authenticator,
    authorizer: createAuthorizer(),
    clock: systemClock,
    random: systemRandom,
  });
  console.log('\nDurable changes a second (each with its audit row, fsynced before the answer):\n');
  row('change', 'in flight', 'per second');
  row('---', '---:', '---:');
  for (const inFlight of [1, 64]) {
    const name = (index: number) => `t${inFlight}-${index}`;
    const kinds: [string, (index: number) => Promise<unknown>][] = [
      [
        'create',
        (index) =>
          service.createResourceToken(ANYONE, {
            name: name(index),
            permissions: ['db:*:read'],
            expirySecs: null,
          }),
      ],
      ['edit', (index) => service.update(ANYONE, name(index), { permissions: ['db:*:write'] })],
      ['rotate', (index) => service.rotate(ANYONE, name(index), 3600)],
      ['revoke', (index) => service.delete(ANYONE, name(index))],
    ];
    for (const [kind, run] of kinds) row(kind, inFlight, number(await perSecond(run, inFlight)));
  }
  const refusal = { ...CONTEXT, timeMs: 0, decision: 'deny', rule: null, status: 403 } as const;
  const { p50Us, p99Us, meanUs } = measure(() => catalog.audit.record(refusal));
  const started = performance.now();
  await catalog.close();
  const behindUs = ((performance.now() - started) * 1000) / (2 * asks + 20_000);
  console.log('\nAudit of a refusal, in µs:\n');
  row('on the request p50', 'p99', 'mean', 'written behind, each');
  row('---:', '---:', '---:', '---:');
  row(number(p50Us), number(p99Us), number(meanUs), number(behindUs));
}

if (values.load !== undefined) {
  await printLoad(values.load);
  process.exit(0);
}
const directory = mkdtempSync(join(tmpdir(), 'bench-auth-'));
try {
  await printRequests(directory);
  await printChanges(directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
