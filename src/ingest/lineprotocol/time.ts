/** A line's timestamp in nanoseconds, after its precision (`http-api.md` 3.4). */
import type { Precision } from '../ingest.ts';
import { splitSeconds } from './int64.ts';
import { fitsInt64, type NumberScanner } from './number-scanner.ts';

type FixedPrecision = Exclude<Precision, 'auto'>;

const VARIANT: Record<FixedPrecision, string> = {
  second: 'Second',
  millisecond: 'Millisecond',
  microsecond: 'Microsecond',
  nanosecond: 'Nanosecond',
};

const UNIT_NS: Record<Precision, bigint> = {
  auto: 1n,
  second: 1_000_000_000n,
  millisecond: 1_000_000n,
  microsecond: 1000n,
  nanosecond: 1n,
};

/** Leaves the halves in `int64.result`; returns the line's error or null. */
export function timestampNs(timestamp: NumberScanner, precision: Precision): string | null {
  const { major, minor, negative } = timestamp;
  const fixed = precision === 'auto' ? guess(major) : precision;
  let seconds = major;
  let rest = minor;
  if (fixed === 'second') {
    seconds = major > 9 ? Number.MAX_SAFE_INTEGER : major * 1e9 + minor;
    rest = 0;
  } else if (fixed === 'millisecond') {
    seconds = major * 1e6 + Math.floor(minor / 1000);
    rest = (minor % 1000) * 1e6;
  } else if (fixed === 'microsecond') {
    seconds = major * 1000 + Math.floor(minor / 1e6);
    rest = (minor % 1e6) * 1000;
  }
  if (!fitsInt64(seconds, rest, negative)) {
    const value = BigInt(major) * 1_000_000_000n + BigInt(minor);
    return `timestamp, ${negative ? -value : value}, out of range for precision: ${VARIANT[fixed]}`;
  }
  splitSeconds(seconds, rest, negative);
  return null;
}

/** The request's own time for lines without one, cut to the precision toward zero. */
export function defaultTimeNs(nowNs: bigint, precision: Precision): bigint {
  return nowNs - (nowNs % UNIT_NS[precision]);
}

/** By the magnitude in whole billions: seconds until 5e9, milliseconds until 5e12, microseconds until 5e15. */
function guess(billions: number): FixedPrecision {
  if (billions < 5) return 'second';
  if (billions < 5000) return 'millisecond';
  return billions < 5_000_000 ? 'microsecond' : 'nanosecond';
}
