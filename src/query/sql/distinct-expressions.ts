/** Expressions, each different one once, by place. */
import { type Expression, keyOf, keyType } from './expression.ts';

/** Most keys of groups differ in type already, so that none is printed but beside another one of its type. */
export class DistinctExpressions {
  readonly items: Expression[] = [];
  /** The only one of a type, or those of it by their keys. */
  private readonly byType = new Map<string | null, number | Map<string, number>>();

  place(expression: Expression): number | undefined {
    const known = this.byType.get(keyType(expression));
    if (typeof known !== 'number') return known?.get(keyOf(expression));
    const only = this.items[known]!;
    return only === expression || keyOf(only) === keyOf(expression) ? known : undefined;
  }

  /** Its place or that of its equal. */
  add(expression: Expression): number {
    const known = this.place(expression);
    if (known !== undefined) return known;
    const place = this.items.push(expression) - 1;
    const type = keyType(expression);
    const others = this.byType.get(type);
    if (others === undefined) this.byType.set(type, place);
    else if (typeof others !== 'number') others.set(keyOf(expression), place);
    else this.byType.set(type, new Map([others, place].map((each) => [keyOf(this.items[each]!), each])));
    return place;
  }
}
