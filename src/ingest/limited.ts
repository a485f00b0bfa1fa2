/** Runs `work` for every item, at most `limit` at a time; every one is run, whatever the others do. */
export async function allSettledLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  const outcomes: PromiseSettledResult<unknown>[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      [outcomes[index]] = (await Promise.allSettled([work(items[index]!)])) as [
        PromiseSettledResult<unknown>,
      ];
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return outcomes;
}
