/** Names of stored parts: `<partition>_<first block>_<last block>_<merges behind it>[_<change>]`. */

export interface PartName {
  readonly name: string;
  readonly partition: string;
  readonly from: number;
  readonly to: number;
  readonly level: number;
  readonly mutation: number;
}

const NAME = /^(\d+)_(\d+)_(\d+)_(\d+)(?:_(\d+))?$/;

/** undefined: something else, like a part that is being written. */
export function parsePartName(name: string): PartName | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, partition, from, to, level, mutation] = match;
  return {
    name,
    partition: partition!,
    from: Number(from),
    to: Number(to),
    level: Number(level),
    mutation: Number(mutation ?? 0),
  };
}

/**
 * The parts that hold all rows once, as the engine finds them when it starts: what was merged or changed stays on the
 * disk for minutes beside what came of it. null: they overlap in a way that is not known.
 */
export function activeParts(parts: readonly PartName[]): PartName[] | null {
  const sorted = [...parts].sort(
    (a, b) =>
      compare(a.partition, b.partition) ||
      a.from - b.from ||
      b.to - a.to ||
      b.level - a.level ||
      b.mutation - a.mutation,
  );
  const active: PartName[] = [];
  for (const part of sorted) {
    const last = active.at(-1);
    if (last === undefined || last.partition !== part.partition || last.to < part.from) active.push(part);
    else if (!contains(last, part)) return null;
  }
  return active;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function contains(outer: PartName, inner: PartName): boolean {
  return outer.to >= inner.to && outer.level >= inner.level && outer.mutation >= inner.mutation;
}
