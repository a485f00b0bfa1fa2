/** Joins by columns of the same name, and the equalities by which the engine joins. */
import type { DataType } from '../types.ts';
import { cast } from './cast.ts';
import { compare, joinable } from './comparison.ts';
import { call, type Expression } from './expression.ts';
import { isNested, isNumber, plain, sameType } from './functions/support.ts';
import { Scope } from './scope.ts';
import type { Source } from './source.ts';
import { comparisonType, unionType } from './type-rules.ts';

/** An equality as the engine joins by it: on equal types only. */
export function joinCondition(part: Expression): Expression {
  const operands = part.comparison?.operator === '=' ? part.comparison.operands : undefined;
  const [left, right] = operands ?? [];
  if (left === undefined || right === undefined) return part;
  if (isNested(left.type)) return joinable(part);
  if (!isNumber(plain(left.type)) || !isNumber(plain(right.type))) return part;
  if (sameType(left.type, right.type)) return joinable(part);
  const type = comparisonType(left.type, right.type)!;
  return { ...joinable(compare('=', cast(left, type), cast(right, type))), name: part.name };
}

export function commonNames(left: Source, right: Source): string[] {
  const names = new Set(right.relations.flatMap((relation) => relation.columns.map((column) => column.name)));
  return [
    ...new Set(left.relations.flatMap((relation) => relation.columns.map((column) => column.name))),
  ].filter((name) => names.has(name));
}

interface Using {
  readonly conditions: Expression[];
  readonly merged: Map<string, Expression>;
  readonly shadowed: Set<string>;
}

/** `shown`: whose values stand under the name where one side's row may be missing. */
export function bindUsing(
  names: readonly string[],
  left: Source,
  right: Source,
  shown: 'left' | 'right' | 'either',
): Using {
  const side = (source: Source): Scope => new Scope(source.relations, null, source.merged, source.shadowed);
  const conditions: Expression[] = [];
  const merged = new Map<string, Expression>();
  const shadowed = new Set<string>();
  for (const name of names) {
    const a = side(left).resolve(null, name, undefined);
    const b = side(right).resolve(null, name, undefined);
    conditions.push(joinCondition(compare('=', a, b)));
    const standsFor = [a, b].flatMap((side) => [
      ...(side.standsFor ?? []),
      ...(side.column === undefined ? [] : [side.column.id]),
    ]);
    if (shown === 'either') {
      const type = unionType(a.type, b.type) ?? a.type;
      const both = call(type, name, [cast(a, type), cast(b, type)], ([x, y]) => orElse(type, x!, y!), {
        nullable: true,
      });
      merged.set(name, { ...both, standsFor });
    } else merged.set(name, { ...(shown === 'right' ? b : a), standsFor });
    for (const id of b.standsFor ?? []) shadowed.add(id);
    if (b.column !== undefined) shadowed.add(b.column.id);
  }
  return { conditions, merged, shadowed };
}

const orElse = (type: DataType, x: string, y: string): string =>
  isNested(type) ? `if(notEmpty(${x}), ${x}, ${y})` : `coalesce(${x}, ${y})`;
