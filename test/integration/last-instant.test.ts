/** Points at the ends of time, twice: the span that has to be read without duplicates has no instant behind it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type InProcessServer, startInProcess } from '../support/in-process-server.ts';

const LAST = 2n ** 63n - 1n;
const FIRST = -(2n ** 63n);
let server: InProcessServer;

beforeEach(async () => {
  // Nothing is looked up, so that duplicates reach the engine; nothing is merged away.
  const ingestLimits = { lookUps: 0, cleanAfterMs: 3_600_000 };
  server = await startInProcess({ args: ['--without-auth'], substitutes: { ingestLimits } });
});
afterEach(() => server.stop());

const write = async (body: string) => {
  const answer = await server.ask({
    method: 'POST',
    path: '/api/v3/write_lp?db=d&precision=nanosecond',
    body,
  });
  expect([answer.status, answer.text]).toEqual([204, '']);
};
const rows = async (q: string) => {
  const { text } = await server.ask({
    method: 'POST',
    path: '/api/v3/query_sql',
    body: { db: 'd', q, format: 'json' },
  });
  return text.startsWith('[') ? (JSON.parse(text) as unknown) : text;
};

test.each([
  ['last', LAST],
  ['first', FIRST],
])('the %s instant: a point written twice is read once, with its later value', async (_, time) => {
  await write(`m f=1,g=1 ${time}\nm f=5,g=5 0`);
  expect(await rows('SELECT f FROM m WHERE time = to_timestamp_nanos(0)')).toEqual([{ f: 5 }]);
  await write(`m f=2,g=1 ${time}\nm f=6,g=5 0`);
  const dirty = 'SELECT f FROM m WHERE g > 0 ORDER BY f';
  expect(await rows(dirty)).toEqual([{ f: 2 }, { f: 6 }]);
  expect(await rows('SELECT count(*) AS c, sum(f) AS s FROM m')).toEqual([{ c: 2, s: 8 }]);
  expect(await rows(`SELECT f FROM m WHERE time = to_timestamp_nanos(${time})`)).toEqual([{ f: 2 }]);
});
