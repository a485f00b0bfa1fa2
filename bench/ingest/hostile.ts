/**
 * How long bodies that are meant to hurt (`test/fuzz/hostile-bodies.ts`), at their full size, keep the event loop of a
 * server. Of each kind two arrive one after the other and are read back, on a fresh server.
 */
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { HOSTILE_BODIES } from '../../test/fuzz/hostile-bodies.ts';
import { influxdb3, startTestServer, type TestServer } from '../../test/support/server.ts';
import { tsbsBatches } from './load.ts';
import type { SlicesAnswer } from './slices-probe.ts';

const BODY_BYTES = 10 * 2 ** 20;
const REST_MS = 500;
const PROBE = new URL('./slices-probe.ts', import.meta.url).href;

/** A table in Markdown; `kinds` are words that the names of bodies must hold one of. */
export async function measureHostile(kinds: readonly string[], isProfiled: boolean): Promise<string> {
  const rows = [
    '| Body of 10 MiB, twice | longest own ms | of it collecting | over 10 ms | over 20 ms | late at most, ms |',
    '|---|---|---|---|---|---|',
  ];
  for (const { name, make } of HOSTILE_BODIES) {
    if (kinds.length > 0 && !kinds.some((kind) => name.includes(kind))) continue;
    const bodies = [0, 1].map((time) => Buffer.from(make(BODY_BYTES, time)).subarray(0, BODY_BYTES));
    const { longest, over10, over20, latestMs } = await measureBodies(bodies, isProfiled);
    const cells = [
      name,
      longest[0]?.ownMs.toFixed(1) ?? 'under 4',
      longest[0]?.collectingMs.toFixed(1) ?? '',
      over10,
      over20,
      latestMs.toFixed(1),
    ];
    console.error(cells.join(', '));
    for (const slice of isProfiled ? longest : []) {
      console.error(
        `  ${slice.ownMs.toFixed(1)} own, ${slice.clockMs.toFixed(1)} by the clock, ${slice.collectingMs.toFixed(1)} collecting`,
      );
      for (const words of slice.where) console.error(`    ${words}`);
    }
    rows.push(`| ${cells.join(' | ')} |`);
  }
  return rows.join('\n');
}

async function measureBodies(bodies: readonly Buffer[], isProfiled: boolean): Promise<SlicesAnswer> {
  const server = await startTestServer({
    args: ['--without-auth'],
    program: {
      command: influxdb3,
      args: ['serve'],
      environment: {
        NODE_OPTIONS: `--import=${PROBE}`,
        ...(isProfiled && { SLICES_PROFILE: '1' }),
      },
    },
  });
  try {
    // What runs for the first time is compiled.
    for (const batch of tsbsBatches(1000, 40, 5000))
      await send(server.url, '/api/v3/write_lp?db=warm', batch);
    await send(server.url, '/api/v3/query_sql?db=warm&q=SELECT+count(*)+FROM+cpu');
    await read(server);
    for (const body of bodies) {
      await send(server.url, '/api/v3/write_lp?db=hostile', body);
      await send(server.url, '/api/v3/query_sql?db=hostile&q=SELECT+1+FROM+m+LIMIT+1');
    }
    // Series beyond the memory for them are forgotten now and then.
    await setTimeout(REST_MS);
    return await read(server);
  } finally {
    // An orderly stop would first give all of it to the engine.
    await server.kill();
  }
}

async function read({ process }: TestServer): Promise<SlicesAnswer> {
  process.send('read');
  const [answer] = (await once(process, 'message')) as [SlicesAnswer];
  return answer;
}

function send(url: string, path: string, body?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      new URL(path, url),
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-length': body.length },
      },
      (reply) => {
        reply.resume();
        reply.once('end', resolve);
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
