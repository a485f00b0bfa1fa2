/** Nothing that a user writes reaches the engine but as an escaped literal: everything else is refused or renamed. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlannerFixture } from '../../../test/support/planner-fixture.ts';
import { SluiceError } from '../../errors/error.ts';

const TABLE_FUNCTIONS = [
  'file',
  'fileCluster',
  'url',
  'urlCluster',
  's3',
  's3Cluster',
  'gcs',
  'oss',
  'cosn',
  'azureBlobStorage',
  'hdfs',
  'hdfsCluster',
  'remote',
  'remoteSecure',
  'cluster',
  'clusterAllReplicas',
  'executable',
  'jdbc',
  'odbc',
  'mysql',
  'postgresql',
  'mongodb',
  'redis',
  'sqlite',
  'input',
  'view',
  'viewExplain',
  'viewIfPermitted',
  'merge',
  'mergeTreeIndex',
  'mergeTreeProjection',
  'mergeTreeParts',
  'dictionary',
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generateRandom',
  'generateSeries',
  'values',
  'null',
  'loop',
  'fuzzJSON',
  'fuzzQuery',
  'format',
  'iceberg',
  'icebergS3',
  'deltaLake',
  'hudi',
  'paimon',
  'ytsaurus',
  'timeSeriesSelector',
  'timeSeriesData',
  'timeSeriesTags',
  'timeSeriesMetrics',
  'prometheusQuery',
  'Python',
  'python',
  'arrowFlight',
  'primes',
  'filesystem',
];
const SCALAR_FUNCTIONS = [
  'dictGet',
  'dictGetOrNull',
  'dictHas',
  'joinGet',
  'getSetting',
  'getMacro',
  'getServerPort',
  'getServerSetting',
  'getMergeTreeSetting',
  'currentUser',
  'initialQueryID',
  'queryID',
  'currentDatabase',
  'currentProfiles',
  'currentRoles',
  'hostName',
  'fqdn',
  'serverUUID',
  'uptime',
  'filesystemAvailable',
  'filesystemCapacity',
  'catboostEvaluate',
  'addressToLine',
  'addressToSymbol',
  'demangle',
  'sleepEachRow',
  'throwIf',
  'evalMLMethod',
  'reload',
  'showCertificate',
  'isDecimalOverflow',
  'runningAccumulate',
  'blockNumber',
  'rowNumberInAllBlocks',
  'neighbor',
  'arrayJoin',
  'tuple',
  'materialize',
  'ignore',
  'identity',
  'toTypeName',
  'formatQuery',
  'structureToProtobufSchema',
  'hasColumnInTable',
  'aes_decrypt_mysql',
  'decrypt',
  'encrypt',
  'tcpPort',
  'buildId',
  'shardNum',
  'connectionId',
  'defaultRoles',
  'mortonEncode',
  'sumMap',
  'quantileExact',
  'groupArray',
  'anyLast',
  'toInt64',
  'intDiv',
  'hex',
  'unhex',
  'base64Decode',
  'aiGenerate',
  'naiveBayesClassifier',
  'partitionId',
  'transactionID',
  'lowCardinalityKeys',
];
/** Words that are names here: nothing of them is in the statement. */
const NAMES = [
  'select * from cpu final',
  'select * from cpu any join mem using (host)',
  'select * from cpu paste join mem',
  "select * from 'cpu' as global",
  'select n as settings, s as format from cpu',
  'select n settings from cpu',
  'with prewhere as (select n as final from cpu) select final from prewhere',
];
const SYNTAX = [
  'select 1 settings readonly = 0',
  'select * from cpu settings max_threads = 1',
  'select 1 format CSV',
  "select 1 into outfile '/tmp/x'",
  "select * from cpu into outfile '/tmp/x' format CSV",
  'select * from cpu sample 0.1',
  'select * from cpu tablesample bernoulli (10)',
  'select * from cpu array join [1] as x',
  'select * from cpu prewhere n = 1',
  'select * from cpu limit 1 by host',
  'select * from cpu order by n with fill',
  'select * from cpu group by host with totals',
  'select host from cpu group by host with rollup',
  'select x -> x + 1 from cpu',
  'select array_agg(x -> x) from cpu',
  'select n ? 1 : 2 from cpu',
  'select {a:Int64}',
  'select 1; select 2',
  'select 1; drop table cpu',
  'with 1 as x select x',
  'select * from system.one',
  'select * from system.query_log',
  'select * from system.users',
  'select * from "system"."tables"',
  'select * from `system`.`processes`',
  'select * from d.t1',
  'select * from default.cpu',
  'select * from INFORMATION_SCHEMA.TABLES',
  'select * from public.system.parts',
  'select * from other.iox.cpu',
  'select * from a.b.c.d',
  'select * from cpu.iox',
  "select columns('.*') from cpu",
  'select * apply(sum) from cpu',
  'select cpu.* apply(toString) from cpu',
  'select @@version',
  'select @x',
  'select __series from cpu',
  'select "__series" from cpu',
  'select _part from cpu',
  'select _partition_id from cpu',
  'select x0 from cpu',
  'select c0 from cpu order by c1',
  'select joinkeyl from cpu',
  'insert into cpu values (1)',
  'create table x (a int)',
  'drop table cpu',
  'alter table cpu delete where 1',
  'optimize table cpu final',
  'truncate table cpu',
  'kill query where 1',
  'system shutdown',
  'attach table x',
  'detach table cpu',
  'rename table cpu to x',
  'grant all on *.* to x',
  'set readonly = 0',
  'use system',
  "copy cpu to '/tmp/x'",
  "load data infile '/x' into table cpu",
  'call x()',
  'execute x',
  'prepare x as select 1',
  'begin',
  "attach database 'x' as y",
  'pragma x',
  'explain insert into cpu values (1)',
  'explain pipeline select 1',
  'explain ast select 1',
  'explain syntax select 1',
  'show create table cpu',
  'show databases',
  'show processlist',
  'show grants',
  'select * from cpu for update',
  'select top 1 * from cpu',
  'select * into x from cpu',
  'select * from cpu, lateral view explode(x) t as y',
  'select * from cpu match_recognize (pattern (a) define a as true)',
  'select * from cpu pivot (sum(n) for host in (1))',
  "select * from json_table(x, '$' columns (a int path '$'))",
  'select * from openjson(x)',
  'select cast(n as Nullable(Int64)) from cpu',
  "select cast(n as Enum8('a' = 1)) from cpu",
  'select cast(n as LowCardinality(String)) from cpu',
  'select n::Dynamic from cpu',
  'select n::JSON from cpu',
  'select n::AggregateFunction(sum, Int64) from cpu',
  'select interval 1 hour + n from cpu',
  'select position(n in (select 1)) from cpu',
  'merge into cpu using mem on true when matched then delete',
  'select * from cpu asof join mem on cpu.time = mem.time',
  'select * from cpu global join mem on true',
  'table cpu',
  'from numbers(3)',
  'from cpu select * settings max_threads = 1',
  'select distinct top 5 n from cpu',
  'select n from cpu cluster by n',
  'select n from cpu qualify 1',
];

let fixture: PlannerFixture;
beforeAll(async () => {
  fixture = await PlannerFixture.open();
  await fixture.table('cpu', { host: 'tag', time: 'time', n: 'integer', s: 'string' }, [
    { time: '2024-01-01T00:00:00Z', host: "'a'", n: '1', s: "'x'" },
  ]);
  await fixture.table('mem', { host: 'tag', time: 'time', free: 'integer' });
});
afterAll(() => fixture.close());

/** The statement without what stands in quotes. */
const bare = (sql: string): string => sql.replace(/'(?:[^'\\]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`/g, ' ');

function outcome(text: string): { readonly sql: string } | { readonly error: SluiceError } {
  try {
    return { sql: fixture.sql(text) };
  } catch (error) {
    if (error instanceof SluiceError) return { error };
    throw error;
  }
}

function expectRefused(text: string): void {
  const result = outcome(text);
  expect('error' in result ? 'refused' : `printed: ${result.sql}`, text).toBe('refused');
}

describe('table functions of the engine', () => {
  it.each(TABLE_FUNCTIONS.filter((name) => name !== 'values'))('%s', (name) => {
    for (const call of [
      `${name}()`,
      `${name}('x')`,
      `${name}('a', 'b', 'c')`,
      `"${name}"('/etc/passwd', 'LineAsString')`,
    ]) {
      // `null` is a value and `values` a clause of SQL itself; both stay what they are there.
      for (const text of [
        `select * from ${call}`,
        `select * from iox.${call}`,
        `select * from /* x */ ${call} -- y`,
        `with q as (select * from ${call}) select * from q`,
        `select * from cpu join ${call} on true`,
        `select * from cpu, ${call}`,
        `select (select count(*) from ${call})`,
        `select n from cpu where n in (select * from ${call})`,
        `select n from cpu where exists (select * from ${call})`,
        `select 1 union all select 1 from ${call}`,
        `select * from (select * from ${call}) as t`,
        `select * from table(${call})`,
        `select * from cpu where ${call} = 1`,
        `insert into function ${call} select 1`,
        `describe ${call}`,
        `explain select * from ${call}`,
      ])
        expectRefused(text);
    }
  });
});

describe('functions of the engine that are not SQL functions here', () => {
  it.each(SCALAR_FUNCTIONS)('%s', (name) => {
    for (const call of [`${name}()`, `${name}('x')`, `"${name}"('x', 'y')`, `${name}(n)`, `iox.${name}(1)`])
      for (const text of [
        `select ${call} from cpu`,
        `select n from cpu where ${call} is not null`,
        `select count(*) from cpu group by ${call}`,
        `select n from cpu order by ${call}`,
        `select sum(${call}) over () from cpu`,
        `select max(n) filter (where ${call} = 1) from cpu`,
        `select case when true then ${call} end`,
        `select [${call}]`,
        `values (${call})`,
        `select * from cpu join mem on ${call} = 1`,
      ])
        expectRefused(text);
  });
});

describe('syntax of the engine', () => {
  it.each(SYNTAX)('%s', (text) => {
    expectRefused(text);
  });

  it.each(NAMES)('%s: a name', (text) => {
    expect(bare(fixture.sql(text))).not.toMatch(/\b(settings|format|prewhere|final|paste|global|any)\b/i);
  });
});

describe('texts and names', () => {
  const TRICKS = [
    "'",
    "''",
    '\\',
    "\\'",
    "\\\\'",
    '"',
    '`',
    '\\`',
    '--',
    '/*',
    '*/',
    ';',
    '#',
    '$',
    '{x:Int64}',
    '%',
    '\u0000',
    '\u0001',
    '\u00010\u0001',
    '\n',
    '\r\n',
    '\t',
    '\u007f',
    '\u2028',
    '😀',
    'é',
    "') UNION ALL SELECT file('/etc/passwd') --",
    "' SETTINGS readonly=0 --",
    "x') FORMAT CSV",
    '\\x27',
    '\\0',
    'SELECT',
    'x0',
    'c0',
    "\\' OR 1=1 --",
    '\ufeff',
    '\u202e',
  ];
  it.each(TRICKS)('%j comes back as it was given', async (trick) => {
    const literal = `'${trick.replaceAll("'", "''")}'`;
    const name = `"${trick.replaceAll('"', '""')}"`;
    expect(await fixture.rows(`select ${literal} as x`)).toEqual([[trick]]);
    expect(await fixture.rows('select $p as x', { p: trick })).toEqual([[trick]]);
    expect(
      await fixture.rows(`select count(*) as x from cpu where s = ${literal} or host in (${literal})`),
    ).toEqual([[0]]);
    expect(await fixture.rows(`select x from (select ${literal} as x) as ${name} group by x`)).toEqual([
      [trick],
    ]);
    expect(fixture.columns(`select n as ${name} from cpu`)).toEqual([trick]);
    expect(
      await fixture.rows(`with ${name} as (select n as ${name} from cpu) select ${name} from ${name}`),
    ).toEqual([[1]]);
    expect(await fixture.rows(`select n from cpu as ${name} order by ${name}.n`)).toEqual([[1]]);
    expect(
      await fixture.rows(`select sum(n) over ${name} as x from cpu window ${name} as (order by n)`),
    ).toEqual([[1]]);
  });

  it('keeps any text a literal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (value) => {
        const text = value.replace(/[\ud800-\udfff]/g, '');
        expect(await fixture.rows('select $p as x', { p: text })).toEqual([[text]]);
        expect(bare(fixture.sql(`select '${text.replaceAll("'", "''")}' as x`))).toBe('SELECT   AS c0');
      }),
      { numRuns: 60 },
    );
  });
});

describe('any statement', () => {
  const WORD = fc.constantFrom(
    'select',
    'from',
    'where',
    'group by',
    'order by',
    'having',
    'limit',
    'n',
    's',
    'host',
    'time',
    'cpu',
    'mem',
    '*',
    ',',
    '(',
    ')',
    '1',
    "'x'",
    'and',
    'or',
    'not',
    '=',
    '+',
    '-',
    '/',
    'sum(',
    'count(',
    'over (',
    'partition by',
    'join',
    'on',
    'using',
    'with',
    'as',
    'q',
    'union all',
    'case',
    'when',
    'then',
    'end',
    'in',
    'is null',
    'between',
    'like',
    '::bigint',
    '$p',
    'interval',
    "'1 day'",
    'date_bin(',
    '[',
    ']',
    'distinct',
    'null',
    'file(',
    'exists',
    'unnest(',
    'lateral',
  );
  it('is planned or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.array(WORD, { maxLength: 25 }), (words) => {
        const result = outcome(`select ${words.join(' ')}`);
        if ('sql' in result) expect(bare(result.sql)).not.toMatch(/\bfile\b/);
        else expect([400, 405]).toContain(result.error.status);
      }),
      { numRuns: 1500 },
    );
  });

  it('is refused when it is too long, too deep or too wide', () => {
    for (const text of [
      `select ${'('.repeat(5000)}1${')'.repeat(5000)}`,
      `select 1${' + 1'.repeat(100_000)}`,
      `select ${'not '.repeat(5000)} true`,
      `select '${'x'.repeat(2_000_000)}'`,
      `with ${Array.from({ length: 30 }, (_, i) => `q${i} as (select * from ${i === 0 ? 'cpu' : `q${i - 1} a${i}, q${i - 1} b${i}`})`).join(', ')} select count(*) from q29`,
      `select 1 from cpu group by cube(${Array.from({ length: 40 }, (_, i) => `n + ${i}`).join(', ')})`,
    ])
      expectRefused(text);
  });
});
