/** Finds gap-filling calls in expressions. */
import { type Expression, some } from './expression.ts';

export const isGapFilling = (expressions: readonly Expression[]): boolean =>
  expressions.some((expression) => some(expression, (part) => part.fill !== undefined));
