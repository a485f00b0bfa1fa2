/** The query endpoints over HTTP (`http-api.md` 4 and 5): parameters, formats, errors, InfluxQL as far as it goes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InProcessServer, startInProcess } from '../../../test/support/in-process-server.ts';

const SQL = '/api/v3/query_sql';
let server: InProcessServer;
let operator: string;
beforeAll(async () => {
  server = await startInProcess();
  operator = await server.bootstrap();
  const lines = 'cpu,host=a usage=0.5,note="x" 1700000000\ncpu,host=b usage=2 1700000001';
  await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=foo', token: operator, body: lines });
});
afterAll(() => server?.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  server.ask({ path, token: operator, headers });
const sql = (q: string, rest = '', headers: Record<string, string> = {}) =>
  get(`${SQL}?db=foo&q=${encodeURIComponent(q)}${rest}`, headers);

const SELECT = 'SELECT * FROM cpu ORDER BY time';
const JSON_ROWS =
  '[{"host":"a","note":"x","time":"2023-11-14T22:13:20","usage":0.5},{"host":"b","time":"2023-11-14T22:13:21","usage":2.0}]';

describe('formats', () => {
  test.each<[string, string, string]>([
    ['json', 'application/json', JSON_ROWS],
    ['jsonl', 'application/jsonl', `${JSON_ROWS.slice(1, -1).replace('},{', '}\n{')}\n`],
    ['json_lines', 'application/jsonl', `${JSON_ROWS.slice(1, -1).replace('},{', '}\n{')}\n`],
    ['csv', 'text/csv', 'host,note,time,usage\na,x,2023-11-14T22:13:20,0.5\nb,,2023-11-14T22:13:21,2.0\n'],
    [
      'pretty',
      'text/plain; charset=utf-8',
      [
        '+------+------+---------------------+-------+',
        '| host | note | time                | usage |',
        '+------+------+---------------------+-------+',
        '| a    | x    | 2023-11-14T22:13:20 | 0.5   |',
        '| b    |      | 2023-11-14T22:13:21 | 2.0   |',
        '+------+------+---------------------+-------+',
      ].join('\n'),
    ],
  ])('%s', async (format, type, body) => {
    const answer = await sql(SELECT, `&format=${format}`);
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, type, body]);
  });

  test.each<[string, string]>([
    ['json', '[]'],
    ['jsonl', ''],
    ['csv', ''],
    ['pretty', '++\n++'],
  ])('an empty result as %s', async (format, body) => {
    expect((await sql('SELECT * FROM cpu WHERE false', `&format=${format}`)).text).toBe(body);
  });

  test('parquet is a whole file', async () => {
    const answer = await sql(SELECT, '&format=parquet');
    expect(answer.headers['content-type']).toBe('application/vnd.apache.parquet');
    expect([answer.text.slice(0, 4), answer.text.slice(-4)]).toEqual(['PAR1', 'PAR1']);
  });

  test.each<[string, string | null]>([
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['text/csv', 'text/csv'],
    ['text/plain', 'text/plain; charset=utf-8'],
    ['text/html,application/xhtml+xml;q=0.9', 'application/json'],
    ['application/jsonl', 'application/jsonl'],
    ['image/png', null],
  ])('Accept: %s', async (accept, type) => {
    const answer = await sql('SELECT 1', '', { accept });
    if (type === null) expect([answer.status, answer.text]).toEqual([400, `invalid mime type (${accept})`]);
    else expect([answer.status, answer.headers['content-type']]).toEqual([200, type]);
  });

  test('an unacceptable Accept fails even where format is given', async () => {
    expect((await sql('SELECT 1', '&format=json', { accept: 'image/png' })).status).toBe(400);
  });
});

describe('requests', () => {
  test.each<[string, number, string | RegExp]>([
    [SQL, 400, "missing query parameters 'db' and 'q'"],
    [`${SQL}?q=SELECT%201`, 400, 'serde error: missing field `db`'],
    [`${SQL}?db=foo`, 400, 'serde error: missing field `q`'],
    [`${SQL}?db=foo&q=SELECT%201&format=xml`, 400, /^serde error: unknown variant `xml`/],
    [`${SQL}?db=nope&q=SELECT%201`, 404, '{"error":"query error: database not found: nope"}'],
    [`${SQL}?db=foo&q=SELECT%20*%20FROM%20nope`, 400, /table 'public.iox.nope' not found/],
    [`${SQL}?db=foo&q=SELEC`, 400, /./],
    [`${SQL}?db=foo&q=DROP%20TABLE%20cpu`, 400, /./],
    [`${SQL}?db=foo&q=SELECT%20%24host`, 400, /No value found for placeholder with name \$host/],
    [`${SQL}?db=foo&q=SELECT%20%24a&params=%7B%22a%22%3A%5B1%5D%7D`, 400, /parameter `a` must be/],
  ])('GET %s', async (path, status, text) => {
    const answer = await get(path);
    expect([answer.status, answer.text]).toEqual([
      status,
      typeof text === 'string' ? text : expect.stringMatching(text),
    ]);
  });

  test('POST takes JSON whatever its type says, and parameters of every kind', async () => {
    const body = JSON.stringify({
      db: 'foo',
      q: 'SELECT host FROM cpu WHERE host = $h AND usage < $u AND $b',
      params: { h: 'a', u: 1.5, b: true },
      format: 'csv',
    });
    const answer = await server.ask({ method: 'POST', path: SQL, token: operator, body });
    expect([answer.status, answer.text]).toEqual([200, 'host\na\n']);
    const broken = await server.ask({ method: 'POST', path: SQL, token: operator, body: '{"q":"SELECT 1"}' });
    expect([broken.status, broken.text]).toEqual([
      400,
      expect.stringMatching(/^serde json error: missing field `db`/),
    ]);
  });

  test('a caller who leaves ends its query', async () => {
    const lines = Array.from({ length: 5000 }, (_, n) => `big f=${n} ${n}`).join('\n');
    await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=foo', token: operator, body: lines });
    const heavy = 'SELECT count(*) FROM big a CROSS JOIN big b CROSS JOIN big c WHERE a.f + b.f > c.f + 1.5';
    const controller = new AbortController();
    const gone = fetch(`${server.url}${SQL}?db=foo&q=${encodeURIComponent(heavy)}`, {
      headers: { authorization: `Bearer ${operator}` },
      signal: controller.signal,
    });
    const states = async () => {
      const { text } = await sql(
        "SELECT running, cancelled FROM system.queries WHERE query_text LIKE '%big b%' AND query_text NOT LIKE '%system%'",
      );
      return JSON.parse(text) as { running: boolean; cancelled: boolean }[];
    };
    await expect.poll(states, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ running: true }));
    controller.abort();
    await expect(gone).rejects.toThrow('aborted');
    await expect
      .poll(states, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ running: false, cancelled: true }));
  });
});

describe('InfluxQL', () => {
  const V3 = '/api/v3/query_influxql';
  const influxql = (q: string, rest = '') => get(`${V3}?q=${encodeURIComponent(q)}${rest}`);

  test('SHOW DATABASES and SHOW RETENTION POLICIES', async () => {
    const databases = JSON.parse((await influxql('SHOW DATABASES')).text) as object[];
    expect(databases).toEqual([
      { 'iox::database': '_internal', deleted: false },
      { 'iox::database': 'foo', deleted: false },
    ]);
    expect(JSON.parse((await influxql('SHOW RETENTION POLICIES ON foo')).text)).toEqual([
      { 'iox::database': 'foo', name: 'autogen', duration: '0s' },
    ]);
  });

  test.each<[string, string, number, RegExp]>([
    ['SHOW DATABASES; SHOW DATABASES', '', 400, /^must provide only one InfluxQl statement per query$/],
    ['SELECT usage FROM cpu', '', 400, /^must specify a 'db' parameter/],
    ['SELECT usage FROM cpu', '&db=nope', 404, /database not found: nope/],
    ['SELECT usage FROM cpu', '&db=foo', 400, /query_sql/],
  ])('%s %s', async (q, rest, status, text) => {
    const answer = await influxql(q, rest);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
  });
});

describe('v1 /query', () => {
  const v1 = (q: string, rest = '', headers: Record<string, string> = {}) =>
    get(`/query?q=${encodeURIComponent(q)}${rest}`, headers);

  test('SHOW DATABASES in catalog order, JSON, pretty and CSV', async () => {
    const expected = {
      results: [
        {
          statement_id: 0,
          series: [{ name: 'databases', columns: ['name'], values: [['_internal'], ['foo']] }],
        },
      ],
    };
    expect((await v1('SHOW DATABASES')).text).toBe(JSON.stringify(expected));
    expect((await v1('SHOW DATABASES', '&pretty=true')).text).toBe(JSON.stringify(expected, null, 2));
    const csv = await v1('SHOW DATABASES', '', { accept: 'text/csv' });
    expect([csv.headers['content-type'], csv.text]).toEqual([
      'application/csv',
      'name,tags,name\ndatabases,,_internal\ndatabases,,foo\n',
    ]);
  });

  test('each statement has its own result, errors too', async () => {
    const answer = await v1('SHOW RETENTION POLICIES ON foo; SELECT usage FROM nope', '&db=nope');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({
      results: [
        {
          statement_id: 0,
          series: [
            {
              name: 'retention_policies',
              columns: ['name', 'duration', 'default'],
              values: [['foo', '0s', true]],
            },
          ],
        },
        { statement_id: 1, error: 'Cannot retrieve database: External error: database not found: nope' },
      ],
    });
  });

  test('a form and a raw body carry the query too', async () => {
    const post = (headers: Record<string, string>, body: string, path = '/query?db=foo') =>
      server.ask({ method: 'POST', path, token: operator, headers, body });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post(form, 'q=SHOW+DATABASES', '/query')).text).toContain('"databases"');
    expect((await post({ 'content-type': 'application/vnd.influxql' }, 'SHOW DATABASES')).text).toContain(
      '"databases"',
    );
    const json = await post({ 'content-type': 'application/json' }, '{"q":"SHOW DATABASES"}');
    expect([json.status, json.text]).toEqual([400, '{"error":"invalid mime type (application/json)"}']);
  });

  test('what is missing or unacceptable is told', async () => {
    expect([(await get('/query?db=foo')).status, (await get('/query?db=foo')).text]).toEqual([
      400,
      '{"error":"expected a query to be provided in the query string or body"}',
    ]);
    expect((await v1('SHOW DATABASES', '', { accept: 'image/png' })).text).toBe(
      '{"error":"invalid mime type (image/png)"}',
    );
  });
});
