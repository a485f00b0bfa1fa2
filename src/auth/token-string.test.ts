import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemRandom } from '../platform/random.ts';
import { checkChecksum, generateToken, hashKey, hashToken, tokenKey } from './token-string.ts';

test('[T1] a new string has the form of InfluxDB and a checksum, and no two are alike', () => {
  const seen = new Set<string>();
  for (let count = 0; count < 200; count++) {
    const token = generateToken(systemRandom);
    expect(token).toMatch(/^apiv3_[A-Za-z0-9_-]{86}$/);
    expect(checkChecksum(token)).toBe(true);
    seen.add(token);
  }
  expect(seen.size).toBe(200);
});

test('[T1] the checksum is the CRC-32 of the sixty random bytes, big endian', () => {
  const token = generateToken({ bytes: (length) => Buffer.alloc(length, 7) });
  const body = Buffer.from(token.slice(6), 'base64url');
  expect(body.subarray(0, 60)).toEqual(Buffer.alloc(60, 7));
  // Of sixty bytes of seven; computed with Python's zlib.crc32.
  expect(body.readUInt32BE(60)).toBe(3_373_344_148);
});

test('[T1] no change of one character keeps the checksum', () => {
  const token = generateToken(systemRandom);
  fc.assert(
    fc.property(
      fc.integer({ min: 6, max: 91 }),
      fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'),
      (at, letter) => {
        const other = token.slice(0, at) + letter + token.slice(at + 1);
        expect(checkChecksum(other)).toBe(other === token);
      },
    ),
    { numRuns: 2000 },
  );
  for (const text of ['', 'apiv3_', token.slice(1), `${token}A`, token.slice(0, -1), token.toUpperCase()]) {
    expect(checkChecksum(text)).toBe(false);
  }
});

test('[T1] the hash is SHA-512 of the whole string, and its key is the same from both sides', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      const expected = createHash('sha512').update(text, 'utf8').digest();
      expect(hashToken(text).equals(expected)).toBe(true);
      expect(hashKey(expected)).toBe(tokenKey(text));
      expect(tokenKey(text)).toHaveLength(64);
    }),
  );
});
