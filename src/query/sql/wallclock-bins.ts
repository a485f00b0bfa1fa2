/** Bins of a zone's wall clock as instants (sql.md 9.3), computed in the host: their lengths differ. */
import { floorDivide } from './interval-text.ts';
import { engineZone, zoneOffsetNs } from './time-zone.ts';
import { NS_PER_DAY } from './functions/zones.ts';

export interface WallclockRange {
  readonly lower: bigint;
  readonly upper: bigint;
  readonly zone: string;
  readonly strideNs: bigint;
  /** Local time. */
  readonly origin: bigint;
  readonly hasDays: boolean;
  readonly limit: number;
}

const SECOND_NS = 1_000_000_000n;

/** The instants at which bins start that hold an instant of the range; undefined when there are too many. */
export function wallclockBins(range: WallclockRange): readonly bigint[] | undefined {
  const offset = offsetReader(range.zone);
  const local = (ns: bigint): bigint => ns + offset(ns);
  const floor = (ns: bigint): bigint =>
    range.origin + floorDivide(ns - range.origin, range.strideNs) * range.strideNs;
  // A clock that goes back makes local time of the end smaller than it was: start and end one day further out.
  const last = floor(local(range.upper)) + NS_PER_DAY;
  const start = floor(local(range.lower) - NS_PER_DAY);
  if ((last - start) / range.strideNs > BigInt(range.limit)) return undefined;
  const bins = new Set<bigint>();
  for (let bin = start; bin <= last; bin += range.strideNs) {
    for (const instant of instantsOf(bin, range, offset)) bins.add(instant);
  }
  const sorted = [...bins].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  // The bin of the lower bound is the last one that starts at or before it.
  const from = sorted.findLastIndex((bin) => bin <= range.lower);
  return sorted.filter((bin, i) => i >= from && bin <= range.upper);
}

function instantsOf(bin: bigint, range: WallclockRange, offset: (ns: bigint) => bigint): bigint[] {
  const before = offset(bin - NS_PER_DAY);
  const after = offset(bin + NS_PER_DAY);
  const candidates = [...new Set([before, after])]
    .map((o) => bin - o)
    .filter((instant) => instant + offset(instant) === bin);
  if (candidates.length === 0) return [bin - before];
  if (candidates.length === 1) return candidates;
  const [a, b] =
    candidates[0]! < candidates[1]! ? [candidates[0]!, candidates[1]!] : [candidates[1]!, candidates[0]!];
  return range.hasDays || range.strideNs > b - a ? [a] : [a, b];
}

/** Nanoseconds to add to UTC at an instant. */
function offsetReader(zone: string): (ns: bigint) => bigint {
  const fixed = zoneOffsetNs(zone);
  if (fixed !== undefined) return () => fixed;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: engineZone(zone),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ns) => {
    const secs = floorDivide(ns, SECOND_NS);
    const parts = Object.fromEntries(
      format.formatToParts(new Date(Number(secs) * 1000)).map((part) => [part.type, Number(part.value)]),
    );
    const wall = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
    return (BigInt(wall / 1000) - secs) * SECOND_NS;
  };
}
