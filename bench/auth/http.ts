/**
 * `npm run bench:auth-http [-- --tokens 10,1000 --requests 20000]`: what the token of a request costs over HTTP:
 * `/ping` with a token, beside the same server without authentication.
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import { startTestServer } from '../../test/support/server.ts';

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '10,1000,10000' },
    requests: { type: 'string', default: '20000' },
  },
});
const requests = Number(values.requests);
const CONNECTIONS = 8;

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function ask(url: string, tokens: readonly string[]): Promise<Figures> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  let next = 0;
  const one = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const started = performance.now();
      const token = tokens[index % Math.max(1, tokens.length)];
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      http
        .get(`${url}/ping`, { agent, headers }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
          response.resume();
          response.once('end', () => {
            times.push(performance.now() - started);
            resolve();
          });
        })
        .once('error', reject);
    });
  const run = async (count: number) => {
    next = 0;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let index = next++; index < count; index = next++) await one(index);
      }),
    );
  };
  await run(requests / 4);
  times.length = 0;
  const started = performance.now();
  await run(requests);
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!;
  return { perSecond: requests / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function createTokens(url: string, count: number): Promise<string[]> {
  const post = async (path: string, token: string | null, body: object) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    if (response.status !== 201) throw new Error(await response.text());
    return ((await response.json()) as { token: string }).token;
  };
  const operator = await post('/api/v3/configure/token/admin', null, {});
  const tokens: string[] = [];
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let index = next++; index < count; index = next++) {
        tokens.push(
          await post('/api/v3/enterprise/configure/token', operator, {
            token_name: `t${index}`,
            permissions: ['system:ping:read'],
          }),
        );
      }
    }),
  );
  const perSecond = (count / (performance.now() - started)) * 1000;
  console.error(`${count} tokens made over HTTP, ${Math.round(perSecond)} a second`);
  return tokens;
}

const rows: [string, Figures][] = [];
const open = await startTestServer({ args: ['--without-auth', '--log-filter', 'warn'] });
rows.push(['without authentication', await ask(open.url, [])]);
await open.stop();
for (const count of values.tokens.split(',').map(Number)) {
  const server = await startTestServer({ args: ['--log-filter', 'warn'] });
  const tokens = await createTokens(server.url, count);
  rows.push([`${count} tokens, each in turn`, await ask(server.url, tokens)]);
  await server.stop();
}
console.log(
  '| `/ping` over 8 connections | requests/s | p50 ms | p99 ms | of the rate without |\n|---|---|---|---|---|',
);
for (const [name, { perSecond, p50Ms, p99Ms }] of rows) {
  const share = (perSecond / rows[0]![1].perSecond).toFixed(2);
  console.log(
    `| ${name} | ${Math.round(perSecond)} | ${p50Ms.toFixed(3)} | ${p99Ms.toFixed(3)} | ${share} |`,
  );
}
