/**
 * The real server, killed with SIGKILL at random moments while several connections write: every acknowledged
 * point is there after the restart, and no point is half there. SLUICE_KILL_SEED replays a run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { startTestServer } from '../support/server.ts';

const ROUNDS = 10;
const CONNECTIONS = 4;

test(`${ROUNDS} rounds of kill -9: nothing acknowledged is lost, nothing is torn`, async () => {
  const seed = Number(process.env.SLUICE_KILL_SEED ?? Date.now() % 1_000_000);
  const random = seededRandom(seed);
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-kill-'));
  const acknowledged = new Set<string>();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const server = await startTestServer({ dataDir, args: ['--without-auth'] });
      if (round > 0) await check(server.url, acknowledged, seed);
      let killed = false;
      const writers = Array.from({ length: CONNECTIONS }, async (_, connection) => {
        for (let batch = 0; !killed; batch++) {
          const points = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, index) => {
            const id = `${round}-${connection}-${batch}-${index}`;
            const time = 1_735_689_600_000_000_000n + BigInt(round * 100_000_000 + batch * 1000 + index);
            return { id, line: `m,c=c${connection} id="${id}",a=1i,b=2i ${time}` };
          });
          const sent = fetch(`${server.url}/api/v3/write_lp?db=kill`, {
            method: 'POST',
            body: points.map((point) => point.line).join('\n'),
          });
          const response = await sent.catch(() => null);
          if (response?.status === 204) for (const point of points) acknowledged.add(point.id);
          else if (response !== null) throw new Error(`${response.status} ${await response.text()}`);
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 50 + random() * 400));
      killed = true;
      await server.kill();
      await Promise.all(writers);
    }
    const server = await startTestServer({ dataDir, args: ['--without-auth'] });
    await check(server.url, acknowledged, seed);
    expect(acknowledged.size).toBeGreaterThan(ROUNDS);
    expect(await server.stop()).toBe(0);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 240_000);

async function check(url: string, acknowledged: ReadonlySet<string>, seed: number): Promise<void> {
  const response = await fetch(`${url}/api/v3/query_sql`, {
    method: 'POST',
    body: JSON.stringify({ db: 'kill', q: 'SELECT id, a, b FROM m', format: 'json' }),
  });
  // Killed before the first acknowledgement, even the table may not be there.
  if (response.status !== 200 && acknowledged.size === 0) return;
  expect({ seed, status: response.status }).toEqual({ seed, status: 200 });
  const rows = (await response.json()) as { id?: string; a?: number; b?: number }[];
  const present = new Set(rows.map((row) => row.id));
  const lost = [...acknowledged].filter((id) => !present.has(id));
  expect({ seed, lost }).toEqual({ seed, lost: [] });
  expect({ seed, torn: rows.filter((row) => row.id === undefined || row.a !== 1 || row.b !== 2) }).toEqual({
    seed,
    torn: [],
  });
  expect({ seed, rows: rows.length }).toEqual({ seed, rows: present.size });
}
