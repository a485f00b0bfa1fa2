/** Statements that only pick columns of a cache in memory: answered from there, without the engine. */
import { isDeepStrictEqual } from 'node:util';
import type { Block } from '../../engine/native/block.ts';
import type { SelectPlan } from '../sql/plan.ts';
import type { CacheSource } from './cache-source.ts';

/** null: the engine has to answer. */
export function cacheBlock(plan: SelectPlan, source: CacheSource): Block | null {
  const { virtual: statement, columns } = plan;
  if (statement === undefined || statement.projection === null) return null;
  if (![...statement.equalities.keys()].every((name) => source.isTag(name))) return null;
  const byName = new Map(source.columns.map((column) => [column.name, column]));
  const names = statement.projection.flatMap((name) => (name === '*' ? [...byName.keys()] : [name]));
  // The planner had the last word on what the columns are.
  const isSame =
    names.length === columns.length &&
    names.every((name, index) => isDeepStrictEqual(byName.get(name)?.type, columns[index]!.type));
  return isSame ? source.read(names, statement.equalities) : null;
}
