import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { BytePool } from '../platform/byte-pool.ts';
import { inflate } from './inflate.ts';

const LIMIT_BYTES = 3 * 2 ** 20;

function bodyOf(bytes: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const letters = Uint8Array.from({ length: 997 }, () => Math.floor(random() * 20) + 97);
  return Buffer.alloc(bytes, letters);
}

function packed(body: Buffer, members: number): Buffer {
  const size = Math.ceil(body.length / members);
  return Buffer.concat(
    Array.from({ length: members }, (_, index) => gzipSync(body.subarray(index * size, (index + 1) * size))),
  );
}

test('bodies of every size come out as they went in, also from arrays that are used again', async () => {
  const pool = new BytePool(8 * 2 ** 20);
  const sizes = [0, 1, 16_383, 16_384, 16_385, 70_000, 262_143, 262_144, 262_145, 1_500_000, LIMIT_BYTES];
  for (const [index, bytes] of [...sizes, ...sizes.toReversed()].entries()) {
    const body = bodyOf(bytes, index);
    for (const members of [1, 3]) {
      const alone = await inflate(packed(body, members), LIMIT_BYTES);
      const lent = (await inflate(packed(body, members), LIMIT_BYTES, pool))!;
      expect(body.equals(alone!) && body.equals(lent)).toBe(true);
      pool.give(lent);
    }
  }
});

test('many at the same time do not write into each other', async () => {
  const pool = new BytePool(8 * 2 ** 20);
  const bodies = Array.from({ length: 40 }, (_, index) => bodyOf(1 + (index % 10) * 90_000, index));
  const ends = await Promise.all(
    bodies.map(async (body, index) => {
      const whole = packed(body, 2);
      const isCut = index % 3 === 0;
      const limitBytes = index % 3 === 1 ? body.length - 1 : LIMIT_BYTES;
      const result = await inflate(isCut ? whole.subarray(0, -9) : whole, limitBytes, pool).catch(
        () => 'cut off' as const,
      );
      if (isCut) return result === 'cut off';
      return limitBytes < body.length ? result === undefined : body.equals(result as Uint8Array);
    }),
  );
  expect(ends).not.toContain(false);
});

test('a bomb is not inflated to its end', async () => {
  const bomb = gzipSync(Buffer.alloc(300 * 2 ** 20), { level: 1 });
  const before = process.memoryUsage().arrayBuffers;
  expect(await inflate(bomb, LIMIT_BYTES)).toBeUndefined();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * LIMIT_BYTES);
});

test.each([
  ['cut off', (bytes: Buffer) => bytes.subarray(0, -9)],
  ['not packed at all', () => Buffer.from('m f=1\n')],
])('what is %s is refused', async (_, change) => {
  await expect(inflate(change(packed(bodyOf(400_000, 1), 1)), LIMIT_BYTES)).rejects.toThrow();
});
