/** Real line protocol through each write endpoint, then counted, summed and grouped back through SQL. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NaivePoint, naiveParse } from '../support/naive-line-protocol.ts';
import { repository, startTestServer, type TestServer } from '../support/server.ts';

const dataDir = join(repository, '../shared/data');
const files = [
  { name: 'home-sensor-data.lp', v2: 's' },
  { name: 'bay-area-weather.lp', v2: 'ns' },
  { name: 'bitcoin.lp', v2: 'ns' },
  { name: 'metrics.lp', v2: 'ns' },
  { name: 'prometheus.lp', v2: 'ns' },
];
const endpoints = [
  { name: 'v3', path: (db: string, _precision: string) => `/api/v3/write_lp?db=${db}` },
  {
    name: 'v2',
    path: (db: string, precision: string) => `/api/v2/write?bucket=${db}&precision=${precision}`,
  },
  { name: 'v1', path: (db: string, precision: string) => `/write?db=${db}&precision=${precision}` },
];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ args: ['--without-auth'] });
}, 60_000);
afterAll(() => server?.stop());

describe.skipIf(!existsSync(dataDir))(
  'the data files (they lie beside the checkout, in ../shared/data)',
  () => {
    describe.each(endpoints)('through $name', (endpoint) => {
      test.each(files)('$name', async (file) => {
        const body = readFileSync(join(dataDir, file.name), 'utf8');
        const database = `${file.name.replace(/[^a-z]/g, '')}_${endpoint.name}`;
        const response = await fetch(server.url + endpoint.path(database, file.v2), { method: 'POST', body });
        expect([response.status, await response.text()]).toEqual([204, '']);
        const unit = file.v2 === 's' ? 1_000_000_000n : 1n;
        for (const [measurement, points] of byMeasurement(naiveParse(body))) {
          await compare(database, measurement, mergeDuplicates(points, unit));
        }
      });
    });
  },
);

async function compare(database: string, measurement: string, points: readonly NaivePoint[]): Promise<void> {
  const table = `"${measurement.replaceAll('"', '""')}"`;
  const [counted] = await query(database, `SELECT count(*) AS n FROM ${table}`);
  expect([measurement, counted!.n]).toEqual([measurement, points.length]);
  const fieldNames = [...new Set(points.flatMap((point) => Object.keys(point.fields)))].slice(0, 12);
  for (const field of fieldNames) {
    const column = `"${field.replaceAll('"', '""')}"`;
    const values = points.map((point) => point.fields[field]).filter((value) => value !== undefined);
    const [row] = await query(database, `SELECT count(${column}) AS n FROM ${table}`);
    expect([measurement, field, row!.n]).toEqual([measurement, field, values.length]);
    if (values.every((value) => typeof value === 'number')) {
      const [sums] = await query(database, `SELECT sum(${column}) AS s FROM ${table}`);
      const expected = values.reduce((sum, value) => sum + value, 0);
      const tolerance = 1e-9 * values.reduce((sum, value) => sum + Math.abs(value), 1e-9);
      expect(Math.abs((sums!.s as number) - expected)).toBeLessThanOrEqual(tolerance);
    }
  }
  const tag = Object.keys(points[0]!.tags)[0];
  if (tag === undefined) return;
  const rows = await query(
    database,
    `SELECT "${tag}" AS k, count(*) AS n FROM ${table} WHERE "${tag}" IS NOT NULL GROUP BY 1`,
  );
  const expected = new Map<string, number>();
  for (const point of points) {
    const key = point.tags[tag];
    if (key !== undefined) expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  expect(new Map(rows.map((row) => [row.k, row.n]))).toEqual(expected);
}

async function query(db: string, q: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${server.url}/api/v3/query_sql`, {
    method: 'POST',
    body: JSON.stringify({ db, q, format: 'json' }),
  });
  const text = await response.text();
  expect([q, response.status, response.status === 200 ? '' : text]).toEqual([q, 200, '']);
  return JSON.parse(text) as Record<string, unknown>[];
}

function byMeasurement(points: readonly NaivePoint[]): Map<string, NaivePoint[]> {
  return Map.groupBy(points, (point) => point.measurement);
}

/** Points with the same tags and time are one point: the union of their fields, the later value wins. */
function mergeDuplicates(points: readonly NaivePoint[], unit: bigint): NaivePoint[] {
  const merged = new Map<string, NaivePoint>();
  for (const point of points) {
    const tags = Object.entries(point.tags).sort(([a], [b]) => (a < b ? -1 : 1));
    const timestamp = point.timestamp * unit;
    const key = JSON.stringify([tags, String(timestamp)]);
    const fields = { ...merged.get(key)?.fields, ...point.fields };
    merged.set(key, { ...point, timestamp, fields });
  }
  return [...merged.values()];
}
