/**
 * The one table of functions: name, type rule, printing rule, documentation. Adding a function is adding a row;
 * what has no row cannot be printed, and so cannot reach the engine.
 */
import type { DataType } from '../../types.ts';

/** An argument after binding, before printing. */
export interface BoundArgument {
  readonly type: DataType;
  readonly nullable: boolean;
  /** Present when the argument folded to a constant. */
  readonly constant?: ConstantValue;
}

/** Folded constants: timestamps and intervals in exact form. */
export type ConstantValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'timestamp'; readonly ns: bigint }
  | { readonly kind: 'date'; readonly days: number }
  | { readonly kind: 'interval'; readonly months: number; readonly days: number; readonly ns: bigint }
  | { readonly kind: 'list'; readonly items: readonly ConstantValue[] };

/** Printed engine SQL of an argument: an expression of the type in `representation.ts`, parenthesised where needed. */
export interface PrintedArgument extends BoundArgument {
  readonly sql: string;
  /** A column as stored: its numbers are never NaN. */
  readonly stored?: boolean;
}

export interface TypeContext {
  /** The instant of the query, one value for all of it. */
  readonly nowNs: bigint;
  /** Throws a planning error with this text (`Error during planning: …` is added by the caller). */
  fail(message: string): never;
}

export interface PrintContext extends TypeContext {
  readonly resultType: DataType;
  /** A quoted string literal, an exact timestamp literal, … : the only ways to put a value into SQL. */
  stringLiteral(value: string): string;
  timestampLiteral(ns: bigint): string;
  /** A name that no other expression of the statement uses, for lambdas. */
  freshName(): string;
}

interface DefinitionBase {
  /** Lower-case canonical name: what result columns are called. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line for the reference page: arguments and meaning. */
  readonly signature: string;
  readonly doc: string;
  /** Section of the reference page. */
  readonly family: string;
  /** The result's type; throws through the context when the arguments do not fit. */
  type(args: readonly BoundArgument[], context: TypeContext): DataType;
  /**
   * Types that arguments are cast to before printing (after `type` accepted them); an undefined entry means
   * "as it is". Lets one rule say "numbers become Float64", "tags become strings".
   */
  coerce?(args: readonly BoundArgument[], context: TypeContext): readonly (DataType | undefined)[];
  /** Where the own rule refuses all calls because the planner takes them apart: the types they have there. */
  readonly described?: Pick<DefinitionBase, 'type' | 'coerce'>;
  /** Engine SQL of the call. */
  print(args: readonly PrintedArgument[], context: PrintContext): string;
}

export interface ScalarFunction extends DefinitionBase {
  readonly kind: 'scalar';
  /** False when a call may differ between rows or runs (`random`, `uuid`): never folded or moved. */
  readonly deterministic?: boolean;
  /** What result columns are called, where that is not the name with the arguments' in brackets. */
  nameOf?(names: readonly string[], args: readonly BoundArgument[]): string;
  /**
   * What a list, struct or map that is null makes of the call: by default the result is null; `empty`: it counts as
   * an empty one; `kept`: the function takes it as it is, with its `optional` type.
   */
  nulls?(index: number): 'null' | 'empty' | 'kept';
  /** Set where the call puts its second argument, an instant, into bins that all have one length. */
  bins?(args: readonly BoundArgument[]): EqualBins | undefined;
}

/** Bins from the origin on and before it, of an instant seen in UTC. */
export interface EqualBins {
  readonly strideNs: bigint;
  readonly originNs: bigint;
}

/** Modifiers of an aggregate call, printed by the definition because ClickHouse spells each differently. */
export interface AggregateModifiers {
  readonly distinct: boolean;
  /** Printed condition of FILTER (WHERE …), a Bool expression, or null. */
  readonly filterSql: string | null;
  /** ORDER BY inside the call or WITHIN GROUP; what it orders may be the call's first argument too. */
  readonly orderBy: readonly {
    readonly sql: string;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
    readonly type: DataType;
    /** False when the key is known to have no nulls. */
    readonly nullable?: boolean;
  }[];
  readonly ignoreNulls: boolean;
  /**
   * Present when the aggregate stands before OVER (…): the definition prints the window after each engine call
   * itself (one SQL aggregate may be several engine calls), so the caller adds nothing.
   */
  readonly over?: WindowSpecification | null;
}

export interface AggregateFunction extends Omit<DefinitionBase, 'print'> {
  readonly kind: 'aggregate';
  print(args: readonly PrintedArgument[], modifiers: AggregateModifiers, context: PrintContext): string;
  /** May also stand before OVER (…). Default true. */
  readonly window?: boolean;
  /** What WITHIN GROUP orders is the first argument; to other aggregates it says their order only. */
  readonly ordersArgument?: boolean;
  /** Value of an empty gap-filled bin: `count` gives 0, the others null. */
  readonly emptyValue?: '0';
  /** One field of a struct result alone, where that is cheaper than the whole; undefined: take the whole apart. */
  printField?(
    field: string,
    args: readonly PrintedArgument[],
    modifiers: AggregateModifiers,
    context: PrintContext,
  ): string | undefined;
}

export interface WindowFunction extends Omit<DefinitionBase, 'print'> {
  readonly kind: 'window';
  /** `over` is the printed window specification, parentheses included, with our explicit frame. */
  print(
    args: readonly PrintedArgument[],
    over: WindowSpecification,
    context: PrintContext & { readonly ignoreNulls: boolean },
  ): string;
}

export interface WindowSpecification {
  readonly partitionSql: readonly string[];
  readonly orderSql: readonly string[];
  /** Printed frame clause, or null for the function's own default. */
  readonly frameSql: string | null;
  /** The whole `(PARTITION BY … ORDER BY … frame)`. */
  readonly sql: string;
}

export type FunctionDefinition = ScalarFunction | AggregateFunction | WindowFunction;
