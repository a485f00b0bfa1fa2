/**
 * How expressions read among the arguments of a function called by another of its names: DataFusion shows them there
 * with their casts and brackets, as it does nowhere else in names.
 */
import { type AstValue, node, variant } from './ast.ts';
import type { Expression } from './expression.ts';

export const displayOf = ({ display, name }: Expression): string => display ?? name;

/** The name of a call by another name than its function's first one. */
export const aliasedName = (alias: string, args: readonly Expression[]): string =>
  `${alias}(${args.map(displayOf).join(',')})`;

/** A call of a function with arguments; undefined where that is its name. */
export function callDisplay(name: string, args: readonly Expression[]): string | undefined {
  return args.length > 1 || args.some(({ display }) => display !== undefined)
    ? `${name}(${args.map(displayOf).join(', ')})`
    : undefined;
}

/** From what binds least to what binds most. */
const BINDING: readonly (readonly string[])[] = [
  ['Or'],
  ['And'],
  ['Eq', 'NotEq', 'Lt', 'LtEq', 'Gt', 'GtEq'],
  ['Plus', 'Minus'],
  ['Multiply', 'Divide', 'Modulo'],
];
const bindingOf = (operator: string): number => BINDING.findIndex((level) => level.includes(operator));

/** Two operands: in brackets where they bind less than the operator between them. */
export function binaryDisplay(
  operator: string,
  whole: Expression,
  sides: readonly [AstValue | undefined, AstValue | undefined],
  [left, right]: readonly [Expression, Expression],
): string | undefined {
  const between = whole.name.slice(left.name.length, whole.name.length - right.name.length);
  const isInfix = whole.name === `${left.name}${between}${right.name}`;
  const binding = bindingOf(operator);
  const shown = [left, right].map((side, i) => {
    const inner = nestedOperator(sides[i]);
    const brackets = inner !== undefined && bindingOf(inner) >= 0 && bindingOf(inner) < binding;
    return brackets ? `(${displayOf(side)})` : displayOf(side);
  });
  const [a, b] = shown as [string, string];
  return !isInfix || (a === left.name && b === right.name) ? undefined : `${a}${between}${b}`;
}

function nestedOperator(value: AstValue | undefined): string | undefined {
  const [kind, content] = variant(value);
  if (kind === 'Nested') return nestedOperator(content);
  return kind === 'BinaryOp' ? variant(node(content).op)[0] : undefined;
}
