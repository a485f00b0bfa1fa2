/** The sides of a join, as the engine can read them. */
import type { DataType } from '../types.ts';
import { columnExpression, type Expression } from './expression.ts';
import { isNested, optional, recarried } from './functions/optional.ts';
import type { ScopeRelation } from './scope.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';
import type { StatementContext } from './statement-context.ts';

/** A side of a join: a relation gets an alias; a join may stand on the left only, elsewhere it is put in brackets. */
export function operand(source: Source, context: StatementContext, side: 'left' | 'right'): Source {
  if (!source.joined) return { ...source, sql: `${source.sql} AS ${relationName(context)}` };
  return side === 'left' ? source : selected(source, context, (column) => column.id);
}

const relationName = (context: StatementContext): string => `r${context.freshId().slice(1)}`;

/** The side whose rows may be missing: its columns become able to show that. */
export function withNulls(source: Source, context: StatementContext): Source {
  const print = ({ id, type, source: own, nullable }: ScopeColumn): string => {
    if (isNested(type)) return recarried(id, type, optional(type));
    return own !== undefined && nullable ? id : `toNullable(${id})`;
  };
  return selected(source, context, print, optional);
}

/** The source as a subquery of its own that hands on the columns that are used. */
function selected(
  source: Source,
  context: StatementContext,
  print: (column: ScopeColumn) => string,
  typeOf: (type: DataType) => DataType = (type) => type,
): Source {
  const used = new Map<string, string>();
  const byOldId = new Map<string, ScopeColumn>();
  const relations = source.relations.map(
    (relation): ScopeRelation => ({
      qualifier: relation.qualifier,
      columns: relation.columns.map((column): ScopeColumn => {
        const id = context.freshId();
        const copy: ScopeColumn = {
          ...column,
          type: typeOf(column.type),
          nullable: print(column) === column.id ? column.nullable : true,
          id,
          use() {
            column.use();
            used.set(id, print(column));
          },
        };
        byOldId.set(column.id, copy);
        return copy;
      }),
    }),
  );
  const sql = context.hole(() => {
    const list = [...used].map(([id, expression]) => `${expression} AS ${id}`);
    return `(SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM ${source.sql})`;
  });
  const merged = new Map(
    [...source.merged].map(([name, expression]): [string, Expression] => [name, moved(expression, byOldId)]),
  );
  const shadowed = new Set([...source.shadowed].map((id) => byOldId.get(id)?.id ?? id));
  return { ...source, relations, merged, shadowed, sql: `${sql} AS ${relationName(context)}`, joined: false };
}

function moved(expression: Expression, columns: ReadonlyMap<string, ScopeColumn>): Expression {
  const column = expression.column === undefined ? undefined : columns.get(expression.column.id);
  const standsFor = expression.standsFor?.map((id) => columns.get(id)?.id ?? id);
  return {
    ...(column === undefined
      ? { ...expression, children: expression.children.map((child) => moved(child, columns)) }
      : columnExpression(column, expression.name)),
    ...(standsFor === undefined ? {} : { standsFor }),
  };
}

/**
 * The engine must not see that the key is constant, nor take the joins of the left side together with this one
 * (the limit keeps them apart): it would find nothing to join by.
 */
export function withKey(source: Source, context: StatementContext, key: string): string {
  return `(SELECT *, materialize(toUInt8(1)) AS ${key} FROM ${source.sql} LIMIT ${2n ** 63n - 2n}) AS ${relationName(context)}`;
}
