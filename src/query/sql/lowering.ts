/**
 * Expressions that the engine computes only one level below the SELECT in which they stand: what a frame in GROUPS
 * counts, correlated subqueries under aggregates and windows, lists that become rows.
 */
import { columnExpression, type Expression, keyOf, printValue, rewrite, some } from './expression.ts';
import { type PlanNode, planNode } from './plan-node.ts';
import { type Filtered, fromWhere } from './select-parts.ts';
import type { StatementContext } from './statement-context.ts';

export const isCorrelated = (expression: Expression): boolean =>
  some(expression, (part) => part.kind === 'subquery' && part.children.length > 0);

export class Lowering {
  private readonly context: StatementContext;
  private readonly columns = new Map<string, Expression>();
  private readonly items: string[] = [];

  constructor(context: StatementContext) {
    this.context = context;
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  /** The column of the level below that holds the value. */
  column(expression: Expression): Expression {
    const key = keyOf(expression);
    let column = this.columns.get(key);
    if (column === undefined) {
      const { name, type, nullable } = expression;
      const id = this.context.freshId();
      this.items.push(`${printValue(expression)} AS ${id}`);
      column = columnExpression({ name, type, nullable, id, use() {} }, name);
      this.columns.set(key, column);
    }
    return column;
  }

  /** The same with its correlated subqueries computed below. */
  withoutCorrelated(expression: Expression): Expression {
    if (!isCorrelated(expression)) return expression;
    return rewrite(expression, (part) =>
      part.kind === 'subquery' && part.children.length > 0 ? this.column(part) : undefined,
    );
  }

  /** What the engine can compute over windows: their parts that it cannot are taken out. */
  windows(expression: Expression): Expression {
    return rewrite(expression, (part) => {
      if (part.kind !== 'window') return undefined;
      const plain = part.children.some(isCorrelated)
        ? { ...part, children: part.children.map((child) => this.withoutCorrelated(child)) }
        : part;
      return plain.beneath === undefined ? plain : plain.beneath(plain, (below) => this.column(below));
    });
  }

  /** The level below: the rows and what was taken out, or only that. */
  select(filtered: Filtered, more: { readonly keep: boolean; readonly tail?: string }): string {
    const list = [...(more.keep ? ['*'] : []), ...this.items];
    return `SELECT ${list.length === 0 ? '1' : list.join(', ')}${fromWhere(filtered)}${more.tail ?? ''}`;
  }

  /** The rows with the columns beside them; as they are when nothing was taken out. */
  apply(filtered: Filtered): Filtered {
    return this.isEmpty ? filtered : rowsOf(this.select(filtered, { keep: true }), filtered.node);
  }
}

export const rowsOf = (sql: string, node: PlanNode): Filtered => ({
  source: undefined,
  sql: `(${sql})`,
  where: [],
  node,
});

export const unnestNode = (names: readonly string[], input: PlanNode): PlanNode =>
  planNode(`Unnest: ${names.join(', ')}`, input);
