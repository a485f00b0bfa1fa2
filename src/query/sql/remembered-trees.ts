/**
 * Dashboards send the same texts again and again, with other hosts and times in them, and parsing costs more than all
 * the rest of planning. A tree depends on nothing but its text, and nobody changes one; texts that differ in nothing
 * but literals share one (`tree-template.ts`).
 */
import type { AstValue } from './ast.ts';
import type { ParseStatement } from './parser.ts';
import { shapeOf, type TextShape } from './text-shape.ts';
import { type TreeTemplate, templateOf } from './tree-template.ts';

const REMEMBERED_SHAPES = 500;
const REMEMBERED_CHARACTERS = 4000;

export interface RememberedTree {
  readonly tree: AstValue;
  /** False where positions in it are those of another text. */
  readonly hasPositions: boolean;
}

/**
 * A tree is kept from the second time on: trees that lived long for nothing would cost the collector of garbage more
 * than parsing them. How complex a text may be does not depend on its literals, so that it is asked once.
 */
export class RememberedTrees {
  private readonly parse: ParseStatement;
  /** null: texts of this shape have no tree in common. */
  private readonly templates = new Map<string, TreeTemplate | 'seen' | null>();

  constructor(parse: ParseStatement) {
    this.parse = parse;
  }

  tree(text: string): RememberedTree {
    const shape = text.length > REMEMBERED_CHARACTERS ? null : shapeOf(text);
    if (shape === null) return { tree: this.parse(text), hasPositions: true };
    return this.ofShape(shape, text) ?? this.ofShape({ marked: text, literals: [] }, text)!;
  }

  private ofShape(shape: TextShape, text: string): RememberedTree | undefined {
    const { marked, literals } = shape;
    const known = this.templates.get(marked);
    if (known === null) return undefined;
    if (known !== undefined && known !== 'seen')
      return { tree: known.tree(literals), hasPositions: literals.length === 0 };
    const tree = this.parse(text);
    this.remember(marked, known === 'seen' ? templateOf(shape, tree, this.parse) : 'seen');
    return { tree, hasPositions: true };
  }

  private remember(marked: string, template: TreeTemplate | 'seen' | null): void {
    const [oldest] = this.templates.keys();
    if (this.templates.size >= REMEMBERED_SHAPES && oldest !== undefined && !this.templates.has(marked))
      this.templates.delete(oldest);
    this.templates.set(marked, template);
  }
}
