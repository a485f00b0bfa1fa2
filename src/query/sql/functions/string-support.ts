/** What text functions share: characters are code points, positions start at 1, null in gives null out. */
import { type DataType, UTF8 } from '../../types.ts';
import type { PrintContext, PrintedArgument, ScalarFunction } from './definition.ts';
import { type ParameterKind, scalar } from './support.ts';

export const STRING_FAMILY = 'String';

interface Row {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly doc: string;
  readonly parameters: readonly ParameterKind[];
  readonly required?: number;
  readonly result?: DataType;
}

/** A text function whose rule needs little more than the printed arguments. */
export const text = (
  row: Row,
  print: (args: string[], printed: readonly PrintedArgument[], context: PrintContext) => string,
): ScalarFunction =>
  scalar(STRING_FAMILY, {
    result: UTF8,
    ...row,
    print: (args, context) =>
      print(
        args.map((argument) => argument.sql),
        args,
        context,
      ),
  });

/** Characters that a call may make. */
const LIMIT = 16_777_216;
export const bounded = (n: string): string => `toInt64(least(greatest(${n}, 0), ${LIMIT}))`;

/** The characters of a text that is not null, as a list. */
export const characters = (sql: string): string => `extractAll(assumeNotNull(${sql}), '(?s).')`;

/** Texts with a separator that need not be constant (the engine's own join wants a constant). */
export function joinTexts(list: string, separator: string, context: PrintContext): string {
  const item = context.freshName();
  return `substring(arrayStringConcat(arrayMap(${item} -> concat(assumeNotNull(${separator}), ${item}), ${list})), length(assumeNotNull(${separator})) + 1)`;
}
