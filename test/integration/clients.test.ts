/** Programs that people have write to the real server: the official clients of three generations, and Debian's shell. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InfluxDB as InfluxDBV2, Point } from '@influxdata/influxdb-client';
import { InfluxDBClient, Point as PointV3 } from '@influxdata/influxdb3-client';
import { FieldType, InfluxDB as InfluxDBV1 } from 'influx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer();
  const made = await fetch(`${server.url}/api/v3/configure/token/admin`, { method: 'POST' });
  ({ token } = (await made.json()) as { token: string });
});
afterAll(() => server.stop());

async function rows(db: string, sql: string): Promise<unknown> {
  const answer = await fetch(`${server.url}/api/v3/query_sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ db, q: sql }),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

const many = (table: string) =>
  Array.from(
    { length: 3000 },
    (_, index) => `${table},host=${index % 7} v=${index} ${1_700_000_000_000 + index}`,
  );

describe('@influxdata/influxdb3-client', () => {
  let client: InfluxDBClient;
  beforeAll(() => {
    client = new InfluxDBClient({ host: server.url, token, database: 'v3' });
  });
  afterAll(() => client.close());

  test('points with everything that needs an escape, by the v2 and the v3 endpoint', async () => {
    const point = (time: number) =>
      PointV3.measurement('all kinds,')
        .setTag('a tag', 'b, c=d')
        .setFloatField('f', 1.5)
        .setIntegerField('i', -5)
        .setUintegerField('u', 7)
        .setBooleanField('b', true)
        .setStringField('s', 'q"\\\n é')
        .setTimestamp(new Date(time));
    await client.write(point(1_700_000_000_000));
    await client.write(point(1_700_000_001_000), undefined, undefined, { noSync: true });
    const row = { 'a tag': 'b, c=d', f: 1.5, i: -5, u: 7, b: true, s: 'q"\\\n é' };
    expect(await rows('v3', 'SELECT * FROM "all kinds," ORDER BY time')).toEqual([
      { ...row, time: '2023-11-14T22:13:20' },
      { ...row, time: '2023-11-14T22:13:21' },
    ]);
  });

  test('many lines, compressed', async () => {
    await client.write(many('m'), undefined, undefined, { precision: 'ms', gzipThreshold: 1000 });
    expect(await rows('v3', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 3000 }]);
  });

  test('understands why lines were refused', async () => {
    const bad = 'm v=1 1\nm v=';
    await expect(client.write(bad)).rejects.toMatchObject({
      statusCode: 400,
      message: 'write buffer error: line protocol parse failed: No fields were provided',
    });
    await expect(client.write(bad, undefined, undefined, { noSync: true })).rejects.toThrow(
      /^partial write of line protocol occurred:\s+line 2: No fields were provided \(m v=\)$/,
    );
  });

  test('finds the version', async () => {
    expect(await client.getServerVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
});

test('@influxdata/influxdb-client: points and lines in several requests, and a refusal', async () => {
  const influx = new InfluxDBV2({ url: server.url, token });
  // One request at a time is on its way: `close` waits only for the last.
  const api = influx.getWriteApi('any', 'v2', 'ms', { gzipThreshold: 100, maxRetries: 0 });
  const point = new Point('kinds').tag('t', '1').floatField('f', 1).intField('i', 2).uintField('u', 3);
  api.writePoint(point.booleanField('b', true).stringField('s', 'é"\\').timestamp(1_700_000_000_000));
  await api.flush();
  for (const line of many('m').slice(0, 900)) api.writeRecord(line);
  await api.close();
  expect(await rows('v2', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 900 }]);
  expect(await rows('v2', 'SELECT * FROM kinds')).toEqual([
    { t: '1', f: 1, i: 2, u: 3, b: true, s: 'é"\\', time: '2023-11-14T22:13:20' },
  ]);
  const bad = influx.getWriteApi('any', 'v2', 's', { maxRetries: 0 });
  bad.writeRecord('kinds f="text" 1');
  await expect(bad.close()).rejects.toThrow(/invalid column type for column 'f'/);
});

test('influx: points by the v1 endpoint, with the token as the password', async () => {
  const { hostname, port } = new URL(server.url);
  const fields = { f: FieldType.FLOAT, i: FieldType.INTEGER, s: FieldType.STRING, b: FieldType.BOOLEAN };
  const client = new InfluxDBV1({
    ...{ host: hostname, port: Number(port), database: 'v1', username: 'any', password: token },
    schema: [{ measurement: 'r', fields, tags: ['h'] }],
  });
  const point = { measurement: 'r', tags: { h: 'a b,c=' }, fields: { f: 1, i: 2, s: 'x"y', b: true } };
  await client.writePoints([{ ...point, timestamp: new Date(1_700_000_000_000) }]);
  expect(await rows('v1', 'SELECT * FROM r')).toEqual([
    { h: 'a b,c=', f: 1, i: 2, s: 'x"y', b: true, time: '2023-11-14T22:13:20' },
  ]);
  await expect(client.writePoints([point], { precision: 'h' })).rejects.toThrow(/unknown variant `h`/);
});

test('what Telegraf sends', async () => {
  const answer = await fetch(`${server.url}/api/v2/write?org=any&bucket=telegraf&precision=ns`, {
    method: 'POST',
    headers: {
      authorization: `Token ${token}`,
      'user-agent': 'Telegraf/1.34.0 Go/1.24',
      'content-type': 'text/plain; charset=utf-8',
      'content-encoding': 'gzip',
    },
    body: gzipSync('cpu,cpu=cpu-total,host=a usage_idle=99.5 1700000000000000000\n'),
  });
  expect([answer.status, await answer.text()]).toEqual([204, '']);
  expect(await rows('telegraf', 'SELECT host, usage_idle FROM cpu')).toEqual([
    { host: 'a', usage_idle: 99.5 },
  ]);
  for (const path of ['/health', '/ping']) {
    const known = await fetch(`${server.url}${path}`, { headers: { authorization: `Token ${token}` } });
    expect(known.status).toBe(200);
  }
});

const hasShell = spawnSync('influx', ['-version']).status === 0;

test.runIf(hasShell)('the shell of InfluxDB 1.x imports a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-import-'));
  try {
    const file = join(directory, 'points');
    const head = '# DML\n# CONTEXT-DATABASE: shell\n# CONTEXT-RETENTION-POLICY: autogen\n';
    writeFileSync(file, `${head}m,h=a v=1 1700000000000000000\nm,h=b v=2 1700000000000000000\n`);
    const { hostname, port } = new URL(server.url);
    const connection = ['-host', hostname, '-port', port, '-username', 'any', '-password', token];
    const { stdout, stderr } = spawnSync('influx', [...connection, '-import', '-path', file], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toContain('Processed 2 inserts');
    expect(await rows('shell', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 2 }]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
