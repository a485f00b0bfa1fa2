/**
 * The boundary of a subquery: what passes through it to the outside makes the subquery correlated.
 *
 * The engine computes a correlated subquery for all outer values at once and joins the answers back. But it neither
 * takes equal outer values once (their rows count several times) nor finds the answer for nulls. Only where each
 * outer column is nothing but equal to an inner one it does without; everywhere else the outer columns go in as one
 * tuple that is never null and, with the number of the row, never twice the same.
 */
import { columnExpression, type Expression, rewrite } from './expression.ts';
import { sameType } from './functions/support.ts';
import { type RowKey, Scope } from './scope.ts';
import type { Position } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';

export class Gate extends Scope implements RowKey {
  readonly id: string;
  readonly columnIds: string[] = [];
  private readonly context: StatementContext;
  private readonly copies = new Map<string, Expression>();
  private readonly insideIds = new Set<string>();
  private equated = 0;

  constructor(outside: Scope, context: StatementContext) {
    super([], outside);
    this.context = context;
    this.id = context.freshId();
    outside.rowKeys.push(this);
  }

  get isCorrelated(): boolean {
    return this.outerReferences.length > 0;
  }

  /** Whether the rows outside must hold the tuple. */
  isActive(): boolean {
    return this.outerReferences.length > this.equated;
  }

  override find(qualifier: string | null, name: string, place: Position | undefined): Expression | undefined {
    const found = super.find(qualifier, name, place);
    return found === undefined
      ? undefined
      : rewrite(found, (part) => (part.column === undefined ? undefined : this.inside(part)));
  }

  private inside(part: Expression): Expression {
    const { source: _, ...column } = part.column!;
    const known = this.copies.get(column.id);
    if (known !== undefined) return known;
    column.use();
    const place = this.columnIds.push(column.id) + 1;
    // Which way it goes in is known when the whole subquery is bound.
    const id = this.context.hole(() => (this.isActive() ? `tupleElement(${this.id}, ${place})` : column.id));
    const copy = columnExpression({ ...column, id, use() {} }, part.name);
    this.insideIds.add(id);
    this.copies.set(column.id, copy);
    return copy;
  }

  /** Takes note of the conditions of the subquery that say that an outer column equals an inner one. */
  noteEqualities(where: readonly Expression[]): void {
    const isOuter = (part: Expression): boolean =>
      (part.column !== undefined && this.insideIds.has(part.column.id)) || part.children.some(isOuter);
    for (const { comparison } of where) {
      const [left, right] = comparison?.operands ?? [];
      if (comparison?.operator !== '=' || left === undefined || right === undefined) continue;
      const [outer, inner] = isOuter(left) ? [left, right] : [right, left];
      if (outer.column !== undefined && inner.column !== undefined && isOuter(outer) && !isOuter(inner))
        if (sameType(outer.type, inner.type)) this.equated++;
    }
  }
}

/** The rows with the tuples beside them that subqueries over them need; may stand after FROM. */
export function withRowKeys(
  from: string,
  keys: readonly RowKey[],
  context: StatementContext,
  has: (columnId: string) => boolean = () => true,
): string {
  return context.hole(() => {
    const active = keys.filter((key) => key.isActive() && key.columnIds.every(has));
    if (active.length === 0) return from;
    const number = `n${active[0]!.id.slice(1)}`;
    const tuples = active.map((key) => `tuple(${[number, ...key.columnIds].join(', ')}) AS ${key.id}`);
    return `(SELECT *, ${tuples.join(', ')} FROM (SELECT *, row_number() OVER () AS ${number} FROM ${from}))`;
  });
}
