/** What a caller may put into a token beside its permissions. */
import { parseCidr } from '../auth/cidr.ts';
import type { TokenLimits } from '../auth/token.ts';
import { authErrors } from '../errors/index.ts';

/** The name that only the operator token has. */
export const OPERATOR_NAME = '_admin';

/** The largest time that `Date` prints, in ms since the epoch. */
const MAXIMUM_TIME_MS = 8_640_000_000_000_000n;
const MAXIMUM_NAME = 4096;
const MAXIMUM_DESCRIPTION = 4096;
const MAXIMUM_CIDRS = 1000;
const MAXIMUM_GRACE_SECS = 31_622_400;

const LIMIT_FIELDS: ReadonlyMap<string, 'number' | 'integer'> = new Map([
  ['requests_per_sec', 'number'],
  ['write_bytes_per_sec', 'number'],
  ['concurrent_queries', 'integer'],
  ['query_seconds', 'number'],
  ['query_result_rows', 'integer'],
  ['burst', 'number'],
]);

/** Absolute expiry in ms; null = never. What does not fit is refused: it must not become "never". */
export function expiryFromSecs(nowMs: number, expirySecs: bigint | null): number | null {
  if (expirySecs === null) return null;
  const expiryMs = BigInt(Math.floor(nowMs)) + expirySecs * 1000n;
  if (expirySecs < 0n || expiryMs > MAXIMUM_TIME_MS) throw authErrors.expiryTooLarge();
  return Number(expiryMs);
}

/**
 * A token's name: any text that a URL has room for, because that is how it is named to be deleted. Uniqueness is
 * asked of the catalog.
 */
export function validName(name: string): string {
  if (name === '') throw authErrors.tokenNameEmpty();
  if (name.length > MAXIMUM_NAME) throw authErrors.tokenNameInvalid(`longer than ${MAXIMUM_NAME} characters`);
  if (!name.isWellFormed()) throw authErrors.tokenNameInvalid('not valid Unicode');
  return name;
}

export function validDescription(description: string | null | undefined): string | null {
  if (description === undefined || description === null) return null;
  if (description.length > MAXIMUM_DESCRIPTION) throw authErrors.descriptionTooLong(MAXIMUM_DESCRIPTION);
  return description.toWellFormed();
}

/** Unknown fields are refused: a limit with a typing error would be no limit. */
export function validLimits(limits: TokenLimits | null | undefined): TokenLimits | null {
  if (limits === undefined || limits === null) return null;
  if (typeof limits !== 'object' || Array.isArray(limits)) {
    throw authErrors.tokenLimitsInvalid('expected an object');
  }
  const entries = Object.entries(limits).filter(([, value]) => value !== undefined && value !== null);
  for (const [field, value] of entries) {
    const kind = LIMIT_FIELDS.get(field);
    if (kind === undefined) {
      throw authErrors.tokenLimitsInvalid(
        `unknown field ${field}, use ${[...LIMIT_FIELDS.keys()].join(', ')}`,
      );
    }
    const isNumber = typeof value === 'number' && Number.isFinite(value) && value > 0;
    if (!isNumber || (kind === 'integer' && !Number.isSafeInteger(value))) {
      throw authErrors.tokenLimitsInvalid(
        `${field} must be a ${kind === 'integer' ? 'whole number' : 'number'} above 0`,
      );
    }
  }
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** null = from anywhere. An empty list would read as both "all" and "none", so it is refused. */
export function validCidrs(cidrs: readonly string[] | null | undefined): readonly string[] | null {
  if (cidrs === undefined || cidrs === null) return null;
  if (cidrs.length === 0)
    throw authErrors.allowedCidrInvalid('the list is empty, use null to allow every address');
  if (cidrs.length > MAXIMUM_CIDRS) throw authErrors.allowedCidrInvalid(`more than ${MAXIMUM_CIDRS} entries`);
  for (const cidr of cidrs) {
    if (typeof cidr === 'string' && parseCidr(cidr) !== undefined) continue;
    throw authErrors.allowedCidrInvalid(`${cidr} is not an address range like 10.0.0.0/8 or 2001:db8::/32`);
  }
  return [...new Set(cidrs)];
}

export function validGraceSecs(graceSecs: number): number {
  if (!Number.isSafeInteger(graceSecs) || graceSecs < 0 || graceSecs > MAXIMUM_GRACE_SECS) {
    throw authErrors.graceInvalid(MAXIMUM_GRACE_SECS);
  }
  return graceSecs;
}
