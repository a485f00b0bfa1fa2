/** What the printing rule of one call is given. */
import type { DataType } from '../types.ts';
import type { PrintContext, TypeContext } from './functions/definition.ts';
import { stringLiteral, timestampLiteral } from './literals.ts';

interface CallOptions {
  readonly ignoreNulls?: boolean;
  /** The only name that the call uses, and no other one. */
  readonly ownName?: string | undefined;
}

/**
 * Lambda names depend on the printed arguments alone, so that equal calls print alike (grouping recognises expressions
 * by their text) and a name never means two things where calls nest.
 *
 * A class, as an object with a getter of its own outlives the next collections of young garbage: V8 keeps getters with
 * the object's shape.
 */
export class CallPrinting implements PrintContext {
  readonly resultType: DataType;
  readonly ignoreNulls: boolean;
  private readonly statement: TypeContext;
  private readonly args: readonly string[];
  private readonly ownName: string | undefined;
  private next: number | undefined;

  constructor(
    statement: TypeContext,
    resultType: DataType,
    args: readonly string[],
    { ignoreNulls = false, ownName }: CallOptions = {},
  ) {
    this.statement = statement;
    this.resultType = resultType;
    this.args = args;
    this.ignoreNulls = ignoreNulls;
    this.ownName = ownName;
  }

  get nowNs(): bigint {
    return this.statement.nowNs;
  }

  fail(message: string): never {
    return this.statement.fail(message);
  }

  stringLiteral(value: string): string {
    return stringLiteral(value);
  }

  timestampLiteral(ns: bigint): string {
    return timestampLiteral(ns);
  }

  freshName(): string {
    if (this.ownName !== undefined) return this.ownName;
    this.next ??= 1 + Math.max(-1, ...this.args.map(highestLambdaName));
    return `v${this.next++}`;
  }
}

function highestLambdaName(sql: string): number {
  let highest = -1;
  for (const match of sql.matchAll(/\bv(\d{1,6})\b/g)) highest = Math.max(highest, Number(match[1]));
  return highest;
}
