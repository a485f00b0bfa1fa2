/**
 * The write endpoints of the real server under hostile bodies, in every packing, right and wrong (`README.md`): each
 * gets an answer of the documented kind, the server lives, and its memory is bounded and does not grow for ever.
 */
import { ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { deflateSync, gzipSync } from 'node:zlib';
import { errorEntries } from '../../scripts/reference/errors-page.ts';
import { type Answer, send } from '../support/in-process-server.ts';
import { type Random, seededRandom } from '../support/seeded-random.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { HOSTILE_BODIES, type HostileBody } from './hostile-bodies.ts';
import type { MemorySample } from './memory-growth.ts';
import { mutate } from './mutate.ts';
import { printPoint, randomPoint } from './point.ts';

/** The server's default. */
const BODY_LIMIT_BYTES = 10 * 2 ** 20;
const CONNECTIONS = 3;
const ENDPOINTS = ['/api/v3/write_lp?db=', '/api/v2/write?bucket=', '/write?db='] as const;
const STATUS_OF = new Map([...errorEntries().values()].flat().map(({ code, status }) => [code, status]));
/** What lines may be refused with, and what the server may be too busy for. */
const LINES = [
  'partial_write',
  'partial_write_limit',
  'line_protocol_rejected',
  'empty_write',
  'write_too_large',
];
const BUSY = ['write_overloaded', 'overloaded'];

interface Packing {
  readonly name: string;
  readonly pack: (lines: Buffer, random: Random) => Uint8Array;
  /** `content-encoding`; '' = none. */
  readonly encoding: string;
  /** null: the lines arrive as they are. */
  readonly refusedWith: readonly string[] | null;
}

const PACKINGS: readonly Packing[] = [
  { name: 'plain', pack: (lines) => lines, encoding: '', refusedWith: null },
  { name: 'identity', pack: (lines) => lines, encoding: 'identity', refusedWith: null },
  { name: 'gzip', pack: (lines) => gzipSync(lines, { level: 1 }), encoding: 'gzip', refusedWith: null },
  { name: 'gzip in members', pack: members, encoding: 'gzip', refusedWith: null },
  {
    name: 'gzip cut off',
    pack: (lines, random) => {
      const packed = gzipSync(lines, { level: 1 });
      return packed.subarray(0, Math.floor(random() * packed.length));
    },
    encoding: 'gzip',
    refusedWith: ['invalid_gzip', 'payload_too_large', 'empty_write'],
  },
  {
    name: 'gzip with a byte changed',
    pack: (lines, random) => {
      const packed = gzipSync(lines, { level: 1 });
      packed[Math.floor(random() * packed.length)]! ^= 1 + Math.floor(random() * 255);
      return packed;
    },
    encoding: 'gzip',
    // A byte of the header that says nothing may be the one.
    refusedWith: ['invalid_gzip', 'payload_too_large', 'body_not_utf8', ...LINES],
  },
  {
    name: 'a bomb',
    pack: (_lines, random) =>
      gzipSync(Buffer.alloc(BODY_LIMIT_BYTES * (2 + 3 * random()), '\n'), { level: 1 }),
    encoding: 'gzip',
    refusedWith: ['payload_too_large'],
  },
  {
    name: 'too long',
    pack: (_lines, random) => Buffer.alloc(BODY_LIMIT_BYTES + 1 + 2 ** 20 * random(), 'm f=1\n'),
    encoding: '',
    refusedWith: ['payload_too_large'],
  },
  { name: 'plain as gzip', pack: (lines) => lines, encoding: 'gzip', refusedWith: ['invalid_gzip'] },
  {
    name: 'gzip as plain',
    pack: (lines) => gzipSync(lines, { level: 1 }),
    encoding: '',
    refusedWith: ['body_not_utf8'],
  },
  ...['deflate', 'br', 'GZIP', 'gzip, gzip', 'x'].map((encoding) => ({
    name: `as ${encoding}`,
    pack: (lines: Buffer) => deflateSync(lines, { level: 1 }),
    encoding,
    refusedWith: ['unacceptable_content_encoding'],
  })),
];

export interface HttpFuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Largest body of lines. */
  readonly bytes: number;
  readonly afterRound?: (soFar: HttpFuzzResult, server: TestServer) => void;
}

export interface HttpFuzzResult {
  rounds: number;
  megabytes: number;
  readonly answers: Record<string, number>;
  readonly memory: MemorySample[];
  peakMegabytes: number;
}

/** Plays for so long against a server of its own; throws with the seed at the first thing that is wrong. */
export async function fuzzHttp({
  seed,
  seconds,
  bytes,
  afterRound,
}: HttpFuzzOptions): Promise<HttpFuzzResult> {
  const server = await startTestServer({ args: ['--without-auth', '--num-table-limit', '40'] });
  const result: HttpFuzzResult = { rounds: 0, megabytes: 0, answers: {}, memory: [], peakMegabytes: 0 };
  const startedMs = performance.now();
  let next = 0;
  const player = async () => {
    while (performance.now() < startedMs + seconds * 1000) {
      const round = next++;
      try {
        await playRound(server.url, seededRandom(seed + round), round, bytes, result);
      } catch (error) {
        const words = `seed ${seed}, round ${round}: ${(error as Error).message}\n${server.log().slice(-2000)}`;
        throw new Error(words, { cause: error });
      }
      result.rounds++;
      const { now, peak } = memoryMegabytes(server.process.pid!);
      result.memory.push({ sentMegabytes: result.megabytes, megabytes: now });
      result.peakMegabytes = peak;
      afterRound?.(result, server);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, player));
    await checkAlive(server.url, -1);
  } finally {
    await server.stop();
  }
  ok(!/"level":"?(error|fatal)|ERROR/.test(server.log()), server.log());
  return result;
}

async function playRound(
  url: string,
  random: Random,
  round: number,
  bytes: number,
  result: HttpFuzzResult,
): Promise<void> {
  const hostile = round % 2 === 0 ? HOSTILE_BODIES[(round >> 1) % HOSTILE_BODIES.length]! : undefined;
  const lines = hostile === undefined ? mutatedLines(random) : hostileLines(random, hostile, bytes);
  const packing = PACKINGS[round % PACKINGS.length]!;
  const endpoint = ENDPOINTS[Math.floor(round / PACKINGS.length) % ENDPOINTS.length]!;
  const body = packing.pack(lines, random);
  const answer = await send(url, {
    method: 'POST',
    path: `${endpoint}fuzz`,
    body,
    headers: packing.encoding === '' ? {} : { 'content-encoding': packing.encoding },
  });
  const code = answer.headers['sluice-error-code'] ?? '';
  const expected = packing.refusedWith ?? [...LINES, 'payload_too_large'];
  const words = `${packing.name} to ${endpoint}: ${answer.status} ${code} ${answer.text.slice(0, 200)}`;
  const mayPass = packing.refusedWith === null || packing.name === 'gzip with a byte changed';
  if (code === '') ok(answer.status === 204 && mayPass && answer.text === '', words);
  else {
    ok([...expected, ...BUSY].includes(code) && STATUS_OF.get(code) === answer.status, words);
    checkShape(endpoint, code, answer, words);
  }
  result.answers[code || '204'] = (result.answers[code || '204'] ?? 0) + 1;
  result.megabytes += body.length / 2 ** 20;
  await checkAlive(url, round);
}

function checkShape(endpoint: string, code: string, { text }: Answer, words: string): void {
  if (endpoint.startsWith('/api/v2')) {
    const { code: kind, message } = JSON.parse(text) as Record<string, unknown>;
    ok(typeof kind === 'string' && typeof message === 'string' && message !== '', words);
  } else if (code.startsWith('partial_write') || code === 'line_protocol_rejected') {
    const { error, data } = JSON.parse(text) as { error: string; data: unknown };
    ok(error !== '' && typeof data === 'object' && data !== null, words);
  } else {
    ok(text !== '' && !text.includes('\n    at '), words);
  }
}

/** Whatever was before: a good line is written. */
async function checkAlive(url: string, round: number): Promise<void> {
  const path = '/api/v3/write_lp?db=good&precision=nanosecond';
  const { status, text } = await send(url, {
    method: 'POST',
    path,
    body: `good round=${round}i ${round + 2}`,
  });
  ok(status === 204 || status === 429, `a good line: ${status} ${text}`);
}

function hostileLines(random: Random, { make }: HostileBody, bytes: number): Buffer {
  const size = Math.max(1000, Math.floor(bytes * random() ** 2));
  return Buffer.from(make(size)).subarray(0, BODY_LIMIT_BYTES);
}

function mutatedLines(random: Random): Buffer {
  let lines = Array.from({ length: 20 }, () => printPoint(random, randomPoint(random))).join('\n');
  for (let step = 0; step < 4; step++) lines = mutate(random, lines);
  return Buffer.from(`${lines}\n`);
}

function members(lines: Buffer, random: Random): Buffer {
  const count = 1 + Math.floor(random() * 5);
  const size = Math.ceil(lines.length / count);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => gzipSync(lines.subarray(index * size, (index + 1) * size))),
  );
}

function memoryMegabytes(processId: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { now: Math.round(read('VmRSS')), peak: Math.round(read('VmHWM')) };
}
