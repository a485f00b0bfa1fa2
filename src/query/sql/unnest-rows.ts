/** `unnest(list)` in a SELECT: one row becomes as many as the longest list has items, shorter ones end in nulls. */
import { columnExpression, type Expression, keyOf, some } from './expression.ts';
import { Lowering, rowsOf, unnestNode } from './lowering.ts';
import type { Filtered } from './select-parts.ts';
import type { StatementContext } from './statement-context.ts';

const hasUnnest = (expression: Expression): boolean => some(expression, (part) => part.unnest === true);

interface Spread {
  readonly filtered: Filtered;
  readonly expressions: readonly Expression[];
}

/** Lists in the first expressions, the keys: they become rows below the grouping. */
export function unnestBelowGrouping(spread: Spread, keys: number, context: StatementContext): Spread {
  let current = spread;
  for (;;) {
    const grouped = new Set<string>();
    for (const key of current.expressions.slice(0, keys))
      some(key, (part) => {
        if (isReady(part)) grouped.add(keyOf(part));
        return false;
      });
    if (grouped.size === 0) return current;
    const ready = (part: Expression): boolean => isReady(part) && grouped.has(keyOf(part));
    current = level(current, ready, context, { keep: true });
  }
}

/** All lists, above windows and QUALIFY (`tail`): what is no list is computed below. */
export function unnestSelected(spread: Spread, context: StatementContext, tail: string): Spread {
  let current = spread;
  for (let first = true; ; first = false) {
    const levels = Math.max(0, ...current.expressions.map(levelsOf));
    if (levels === 0) return current;
    // Lists of fewer levels wait, so that all come to their items together.
    const ready = (part: Expression, above: number): boolean => part.unnest === true && above + 1 === levels;
    current = level(current, ready, context, { keep: false, ...(first ? { tail } : {}) });
  }
}

/** How often a list in it becomes rows. */
const levelsOf = (expression: Expression): number =>
  Math.max(0, ...expression.children.map(levelsOf)) + (expression.unnest === true ? 1 : 0);

/** A list of lists is taken apart from the inside out. */
const isReady = (part: Expression): boolean => part.unnest === true && !hasUnnest(part.children[0]!);

function level(
  { filtered, expressions }: Spread,
  ready: (part: Expression, above: number) => boolean,
  context: StatementContext,
  how: { readonly keep: boolean; readonly tail?: string },
): Spread {
  const lowering = new Lowering(context);
  const lists = new Map<string, { readonly list: Expression; readonly item: Expression }>();
  const itemOf = (part: Expression): Expression => {
    const key = keyOf(part);
    let found = lists.get(key);
    if (found === undefined) {
      const { name, type } = part;
      const column = { name, type, nullable: true, id: context.freshId(), use() {} };
      found = { list: lowering.column(part.children[0]!), item: columnExpression(column, name) };
      lists.set(key, found);
    }
    return found.item;
  };
  /** `above` counts the calls of unnest around it. */
  const replace = (part: Expression, above: number): Expression => {
    if (ready(part, above)) return itemOf(part);
    if (!how.keep && part.kind !== 'constant' && !hasUnnest(part)) return lowering.column(part);
    const inside = above + (part.unnest === true ? 1 : 0);
    const children = part.children.map((child) => replace(child, inside));
    return children.every((child, i) => child === part.children[i]) ? part : { ...part, children };
  };
  const replaced = expressions.map((expression) => replace(expression, 0));
  const pairs = [...lists.values()].map(({ list, item }) => ({
    list: list.column!.id,
    item: item.column!.id,
  }));
  const sql = spreadLists(`(${lowering.select(filtered, how)})`, pairs, context);
  const names = [...lists.values()].map(({ list }) => list.name);
  return { filtered: rowsOf(sql, unnestNode(names, filtered.node)), expressions: replaced };
}

/** A SELECT that adds a column of items for each column of lists. */
export function spreadLists(
  from: string,
  pairs: readonly { readonly list: string; readonly item: string }[],
  context: StatementContext,
): string {
  const [only] = pairs;
  if (pairs.length === 1) return `SELECT *, arrayJoin(${only!.list}) AS ${only!.item} FROM ${from}`;
  const place = context.freshId();
  const longest = `greatest(${pairs.map(({ list }) => `length(${list})`).join(', ')})`;
  // Beyond the end the engine gives the default of a nullable item: null.
  const items = pairs.map(({ list, item }) => `arrayElement(${list}, ${place}) AS ${item}`);
  return `SELECT *, ${items.join(', ')} FROM (SELECT *, arrayJoin(range(1, ${longest} + 1)) AS ${place} FROM ${from})`;
}
