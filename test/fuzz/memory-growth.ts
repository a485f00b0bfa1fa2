/**
 * Whether memory goes on growing. What an insert takes and what nobody has collected yet come and go above the rest,
 * so only the lowest of each stretch of bodies counts, and only from when everything that fills up is full.
 */

export interface MemorySample {
  /** Of bodies, sent until then. */
  readonly sentMegabytes: number;
  /** Resident. */
  readonly megabytes: number;
}

const STRETCH_MEGABYTES = 1000;
/** Fewer say nothing. */
const FEWEST_STRETCHES = 5;

/**
 * Megabytes for each gigabyte of bodies, by the line through the lowest of each stretch; undefined: too little was sent
 * after the first `warmUpMegabytes`.
 */
export function growthPerGigabyte(
  samples: readonly MemorySample[],
  warmUpMegabytes: number,
): number | undefined {
  const lowest = new Map<number, number>();
  for (const { sentMegabytes, megabytes } of samples) {
    const stretch = Math.floor((sentMegabytes - warmUpMegabytes) / STRETCH_MEGABYTES);
    if (stretch >= 0) lowest.set(stretch, Math.min(megabytes, lowest.get(stretch) ?? megabytes));
  }
  if (lowest.size < FEWEST_STRETCHES) return undefined;
  const points = [...lowest];
  const x = mean(points.map(([stretch]) => stretch));
  const y = mean(points.map(([, megabytes]) => megabytes));
  const slope =
    mean(points.map(([stretch, megabytes]) => (stretch - x) * (megabytes - y))) /
    mean(points.map(([stretch]) => (stretch - x) ** 2));
  return slope * (1000 / STRETCH_MEGABYTES);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
