/**
 * The tree of all texts of one shape: that of one of them, with other literals put into its places. Positions in such
 * a tree are those of the text that it was made of.
 *
 * Exact, because a literal's content decides nothing in the parser: in an expression it becomes a node with just
 * that content. Whether each literal of the text became such a node, and nothing else in the tree holds it, is tried
 * with other literals before a template is used.
 */
import type { AstNode, AstValue } from './ast.ts';
import { type LiteralSort, placesOf, type PlacedLiteral, type TextShape, textOf } from './text-shape.ts';

export interface TreeTemplate {
  /** The tree of the text with these literals. */
  tree(literals: readonly string[]): AstValue;
}

/** null: literals of texts of this shape are more than values. `parse` gives the tree of a text. */
export function templateOf(
  shape: TextShape,
  tree: AstValue,
  parse: (text: string) => AstValue,
): TreeTemplate | null {
  if (shape.literals.length === 0) return { tree: () => tree };
  const finder = new Finder(placesOf(shape));
  const place = finder.place(tree);
  if (place === undefined || !finder.hasAll) return null;
  const template: TreeTemplate = { tree: (literals) => filled(place, literals) };
  const others = shape.literals.map(otherThan);
  return isTreeOf(template, others, textOf(shape.marked, others), parse) ? template : null;
}

const otherThan = (literal: string): string => `${literal[0] === '7' ? 1 : 7}${literal.slice(1)}`;

function isTreeOf(
  template: TreeTemplate,
  literals: readonly string[],
  text: string,
  parse: (text: string) => AstValue,
): boolean {
  let parsed: AstValue;
  try {
    parsed = parse(text);
  } catch {
    return false;
  }
  return areSame(template.tree(literals), parsed);
}

/** Where literals stand in a tree: below itself, or it is one. */
type Place =
  | { readonly node: AstNode; readonly sort: LiteralSort; readonly index: number }
  | {
      readonly node: AstNode | readonly AstValue[];
      readonly below: readonly (readonly [key: string, Place])[];
    };

function filled(place: Place, literals: readonly string[]): AstValue {
  if ('sort' in place) return { ...place.node, value: valueNode(place.sort, literals[place.index]!) };
  if (Array.isArray(place.node)) {
    const items = place.node.slice();
    for (const [key, inner] of place.below) items[Number(key)] = filled(inner, literals);
    return items;
  }
  const fields: Record<string, AstValue> = { ...(place.node as AstNode) };
  for (const [key, inner] of place.below) fields[key] = filled(inner, literals);
  return fields;
}

const valueNode = (sort: LiteralSort, literal: string): AstNode =>
  sort === 's' ? { SingleQuotedString: literal } : { Number: [literal, false] };

class Finder {
  private readonly byPosition: ReadonlyMap<string, readonly [PlacedLiteral, number]>;
  private readonly found = new Set<number>();
  private isTwice = false;

  constructor(literals: readonly PlacedLiteral[]) {
    this.byPosition = new Map(
      literals.map((literal, i) => [`${literal.line}:${literal.column}`, [literal, i]]),
    );
  }

  get hasAll(): boolean {
    return this.found.size === this.byPosition.size && !this.isTwice;
  }

  place(value: AstValue): Place | undefined {
    if (value === null || typeof value !== 'object') return undefined;
    const node = value as AstNode;
    const own = this.literal(node);
    if (own !== undefined) return own;
    const below: [string, Place][] = [];
    for (const key of Object.keys(node)) {
      const inner = this.place(node[key]!);
      if (inner !== undefined) below.push([key, inner]);
    }
    return below.length === 0 ? undefined : { node, below };
  }

  private literal(node: AstNode): Place | undefined {
    const start = (node.span as { start?: { line: number; column: number } } | undefined)?.start;
    const [literal, index] = this.byPosition.get(`${start?.line}:${start?.column}`) ?? [];
    if (literal === undefined || index === undefined) return undefined;
    const { sort } = literal;
    const isValue =
      Object.keys(node).length === 2 && areSame(node.value ?? null, valueNode(sort, literal.literal));
    if (!isValue) return undefined;
    this.isTwice ||= this.found.has(index);
    this.found.add(index);
    return { node, sort, index };
  }
}

/** Whether two trees differ in nothing but positions. */
export function areSame(a: AstValue, b: AstValue): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [a as AstNode, b as AstNode];
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && (key === 'span' || areSame(one[key]!, other[key]!)))
  );
}
