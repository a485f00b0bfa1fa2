/** Which broken parts hold nothing that is not there besides. */

/** Of one table. */
export interface BlockRange {
  readonly partition: string;
  /** First and last block that was inserted into it. */
  readonly from: number;
  readonly to: number;
}

const BROKEN_PART = /^broken.*_([^_]+)_(\d+)_(\d+)_(\d+)$/;

/**
 * Of the names of parts that were put aside: results of merges that were made of `active` parts. Nothing else will do:
 * an insert may only seem to be broken, when a failing disk cannot be read.
 */
export function surplusParts(broken: readonly string[], active: readonly BlockRange[]): string[] {
  const parts = broken.flatMap((name) => {
    const [, partition, from, to, level] = BROKEN_PART.exec(name) ?? [];
    if (partition === undefined) return [];
    return [{ name, partition, from: Number(from), to: Number(to), isMerged: Number(level) > 0 }];
  });
  if (parts.length < broken.length) return [];
  const overlap = (a: BlockRange, b: BlockRange) =>
    a.partition === b.partition && a.from <= b.to && b.from <= a.to;
  return parts
    .filter((part) => {
      const sources = active.filter((each) => overlap(each, part));
      return (
        part.isMerged &&
        sources.some(({ from }) => from === part.from) &&
        sources.some(({ to }) => to === part.to) &&
        // One of them could be missing in the middle.
        parts.every((other) => other === part || !overlap(other, part))
      );
    })
    .map(({ name }) => name);
}
