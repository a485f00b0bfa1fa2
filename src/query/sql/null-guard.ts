/** Calls over lists, structs and maps that may be null: where one is, the call is, and its function never sees it. */
import type { DataType } from '../types.ts';
import { cast } from './cast.ts';
import { type Expression, printExpression, printedArgument } from './expression.ts';
import type { PrintedArgument, ScalarFunction } from './functions/definition.ts';
import { isNested, isOptional, opened, optional, present } from './functions/optional.ts';

/** Whether the argument makes the call null where it is null. */
export const isGuarded = (
  definition: ScalarFunction,
  index: number,
  type: DataType,
  target: DataType | undefined,
): boolean =>
  (definition.nulls?.(index) ?? 'null') === 'null' &&
  (isOptional(type) || (type.kind === 'null' && target !== undefined && isNested(target)));

/** The argument as it is handed to the call: a guarded one keeps the room for its null. */
export const guardedArgument = (argument: Expression, target: DataType): Expression =>
  argument.type.kind === 'null' ? cast(argument, optional(target)) : argument;

/** What the function sees of a guarded argument: the value that is there, by a name. */
export function valueByName(argument: Expression, target: DataType, name: string): PrintedArgument {
  const value: Expression = {
    kind: 'call',
    type: present(argument.type),
    nullable: false,
    name: argument.name,
    children: [],
    known: undefined,
    render: () => name,
  };
  const inTarget = cast(value, target);
  return printedArgument(inTarget, printExpression(inTarget));
}

export interface Guard {
  readonly name: string;
  /** The list of none or one. */
  readonly sql: string;
}

/** Engine SQL of the call, in the carrier of its type with room for a null. */
export function withGuards(call: string, type: DataType, guards: readonly Guard[]): string {
  const [innermost, ...others] = [...guards].reverse();
  if (innermost === undefined) return call;
  const each = (inner: string, { name, sql }: Guard): string => `arrayMap(${name} -> ${inner}, ${sql})`;
  const found = others.reduce((inner, guard) => opened(each(inner, guard)), each(call, innermost));
  if (isOptional(type)) return opened(found);
  return isNested(type) ? found : `arrayElementOrNull(${found}, 1)`;
}
