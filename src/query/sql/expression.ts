/** The typed tree that the binder builds and the printer walks. Nothing in it is text that a user wrote. */
import { BOOLEAN, type DataType } from '../types.ts';
import type { ConstantValue, EqualBins, PrintedArgument } from './functions/definition.ts';
import { constantLiteral } from './literals.ts';
import type { PlanNode } from './plan-node.ts';
import type { ScopeColumn } from './scope-column.ts';
import { errors } from './sql-errors.ts';

/** What a gap-filling call asks for. */
export type FillMark =
  | {
      readonly kind: 'bin';
      readonly wallclock: boolean;
      readonly stride: Expression;
      readonly time: Expression;
      readonly origin: Expression | undefined;
    }
  | { readonly kind: 'locf' | 'interpolate' };

export interface Expression {
  readonly kind: 'constant' | 'column' | 'call' | 'aggregate' | 'window' | 'subquery' | 'fill';
  readonly type: DataType;
  readonly nullable: boolean;
  /** DataFusion's schema name, columns qualified (sql.md 3.1). */
  readonly name: string;
  /** How it reads among the arguments of a function called by another name, where that is not its name (`displayOf`). */
  readonly display?: string;
  readonly constant?: ConstantValue;
  readonly column?: ScopeColumn;
  readonly children: readonly Expression[];
  /** Prints as UInt8 where a Bool is meant: fine as a condition, wrapped where the value itself counts. */
  readonly raw?: boolean;
  /** May differ from row to row with equal arguments: never shared, never moved. */
  readonly volatile?: boolean;
  /** What an empty gap-filled bin holds, for aggregates. */
  readonly emptyValue?: '0';
  /** A column joined by USING: the ids of the columns that it stands for. */
  readonly standsFor?: readonly string[];
  /** A field of a struct that can be computed without the rest. */
  readonly field?: (name: string) => Expression | undefined;
  /** One row becomes as many as a list has items. */
  readonly unnest?: boolean;
  /** The same with what must be computed one level below taken out (`lowering.ts`). */
  readonly beneath?: (self: Expression, below: (expression: Expression) => Expression) => Expression;
  /** An aggregate that needs nothing but the row with the first or last value of a key. */
  readonly pick?: { readonly side: 'first' | 'last'; readonly key: Expression };
  /** An aggregate of all rows of its group, without DISTINCT, FILTER or ORDER BY: which, and of what as it was written. */
  readonly aggregate?: { readonly name: string; readonly args: readonly Expression[] };
  /** An instant put into bins that all have one length. */
  readonly bins?: EqualBins & { readonly time: Expression };
  /** `grouping(key, …)`: its arguments are names of keys. */
  readonly grouping?: boolean;
  /** The plan of a subquery, for EXPLAIN. */
  readonly node?: PlanNode;
  /** Gap filling: how the bin or the fill strategy is asked for (`gap-fill.ts`). */
  readonly fill?: FillMark;
  /** `column operator constants`, for scans, for time bounds, for narrow statements. */
  readonly comparison?: { readonly operator: string; readonly operands: readonly Expression[] };
  render(children: readonly string[]): string;
  /** Its key, once it was asked for (`keyOf`). Not in a weak map: those cost the collector of garbage too much. */
  known?: { readonly of: Expression; readonly key: string } | undefined;
}

const MAXIMUM_PRINTED = 1024 * 1024;

/** Some functions repeat an argument in their engine SQL, so nested calls could grow without bound. */
export function printExpression(expression: Expression): string {
  const sql = expression.render(expression.children.map(printExpression));
  if (sql.length > MAXIMUM_PRINTED)
    throw errors.tooComplex(`the expression ${expression.name.slice(0, 100)} nests too many calls`);
  return sql;
}

/** Prints a value: Bool where the type says boolean. */
export function printValue(expression: Expression): string {
  const sql = printExpression(expression);
  return expression.raw ? `toBool(${sql})` : sql;
}

export function constant(value: ConstantValue, type: DataType, name: string): Expression {
  return {
    kind: 'constant',
    type,
    nullable: value.kind === 'null',
    name,
    constant: value,
    children: [],
    known: undefined,
    render: () => constantLiteral(value, type),
  };
}

export function columnExpression(column: ScopeColumn, qualified: string): Expression {
  return {
    kind: 'column',
    type: column.type,
    nullable: column.nullable,
    name: qualified,
    column,
    children: [],
    known: undefined,
    render: () => {
      column.use();
      return column.id;
    },
  };
}

export interface CallOptions {
  readonly nullable?: boolean;
  readonly raw?: boolean;
  readonly volatile?: boolean;
  readonly comparison?: Expression['comparison'];
}

/** A scalar operation; null in, null out unless the options say otherwise. */
export function call(
  type: DataType,
  name: string,
  children: readonly Expression[],
  render: (children: readonly string[]) => string,
  options: CallOptions = {},
): Expression {
  return {
    kind: 'call',
    type,
    nullable: options.nullable ?? children.some((child) => child.nullable),
    name,
    children,
    known: undefined,
    render,
    ...(options.raw ? { raw: true } : {}),
    ...(options.volatile ? { volatile: true } : {}),
    ...(options.comparison ? { comparison: options.comparison } : {}),
  };
}

/** A condition: prints UInt8. */
export function condition(
  name: string,
  children: readonly Expression[],
  render: (children: readonly string[]) => string,
  options: CallOptions = {},
): Expression {
  return call(BOOLEAN, name, children, render, { raw: true, ...options });
}

/** A child whose printed form is a value (Bool, not UInt8). */
export function asValue(expression: Expression): Expression {
  if (!expression.raw) return expression;
  const { raw: _, ...rest } = expression;
  return { ...rest, render: (children) => `toBool(${expression.render(children)})` };
}

export function printedArgument(expression: Expression, sql: string): PrintedArgument {
  return {
    type: expression.type,
    nullable: expression.nullable,
    sql,
    ...(expression.constant === undefined ? {} : { constant: expression.constant }),
    ...(expression.column?.source === undefined ? {} : { stored: true }),
  };
}

/** Rebuilds a tree from the top: where `replace` answers, its answer stands; else the children are visited. */
export function rewrite(
  expression: Expression,
  replace: (expression: Expression) => Expression | undefined,
): Expression {
  const replaced = replace(expression);
  if (replaced !== undefined) return replaced;
  if (expression.children.length === 0) return expression;
  const children = expression.children.map((child) => rewrite(child, replace));
  return children.every((child, i) => child === expression.children[i])
    ? expression
    : { ...expression, children };
}

export function some(expression: Expression, test: (expression: Expression) => boolean): boolean {
  return test(expression) || expression.children.some((child) => some(child, test));
}

/** What equal expressions share: their printed form. */
export function keyOf(expression: Expression): string {
  const { known } = expression;
  // A copy has it too, but may print otherwise.
  if (known?.of === expression) return known.key;
  const key = `${keyType(expression)}:${printValue(expression)}`;
  expression.known = { of: expression, key };
  return key;
}

/** What of the type is part of it. A zone is a fact of the type only: equal text in two zones is not the same value to the reader. */
export const keyType = ({ type }: Expression): string | null =>
  type.kind === 'timestamp' ? type.zone : type.kind;

/** The operands of a chain of AND. */
export function conjuncts(expression: Expression): Expression[] {
  const found: Expression[] = [];
  const pending = [expression];
  while (pending.length > 0) {
    const next = pending.pop()!;
    if (next.comparison?.operator === 'AND') pending.push(...[...next.children].reverse());
    else found.push(next);
  }
  return found;
}
