/**
 * The form of a token string (`auth.md` 1.1, `beyond.md` B8): `apiv3_` and 64 bytes in base64url. The last four
 * of our own are a CRC-32 of the sixty before, so that a scanner knows a token from noise without a server.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const TOKEN_PREFIX = 'apiv3_';

/** Random bytes in a token; 480 bits. */
const SECRET_BYTES = 60;
const BODY_BYTES = 64;
const PATTERN = /^apiv3_[A-Za-z0-9_-]{86}$/;

/** A new token string with its checksum. The only place that makes one. */
export function generateToken(random: { bytes(length: number): Buffer }): string {
  const body = Buffer.alloc(BODY_BYTES);
  random.bytes(SECRET_BYTES).copy(body, 0, 0, SECRET_BYTES);
  body.writeUInt32BE(crc32(body.subarray(0, SECRET_BYTES)), SECRET_BYTES);
  return TOKEN_PREFIX + body.toString('base64url');
}

/** SHA-512 of the UTF-8 bytes of the whole string, prefix included; 64 raw bytes, as the catalog stores it. */
export function hashToken(token: string): Buffer {
  return hash('sha512', token, 'buffer');
}

/**
 * The hash as a key of a `Map`: one character a byte, the shortest string that holds it.
 * No prefix or length is checked first: strings that came from elsewhere authenticate too.
 */
export function tokenKey(token: string): string {
  return hash('sha512', token, 'binary');
}

/** The key of a stored hash; equal to `tokenKey` of its token. */
export function hashKey(stored: Buffer): string {
  return stored.toString('latin1');
}

/**
 * True when the string carries the checksum of B8. False says only that it did not come from Sluice (or was
 * mistyped): a token from a file or from InfluxDB has none, so this never decides whether a token is valid.
 */
export function checkChecksum(token: string): boolean {
  if (!PATTERN.test(token)) return false;
  const text = token.slice(TOKEN_PREFIX.length);
  const body = Buffer.from(text, 'base64url');
  // The last character has four spare bits: only the canonical spelling counts.
  if (body.length !== BODY_BYTES || body.toString('base64url') !== text) return false;
  return body.readUInt32BE(SECRET_BYTES) === crc32(body.subarray(0, SECRET_BYTES));
}
