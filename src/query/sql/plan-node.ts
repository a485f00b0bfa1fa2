/** Our own plan as a tree of text, for EXPLAIN. Never names engine tables, and no row filter of the principal. */

export interface PlanNode {
  readonly label: string;
  readonly inputs: readonly PlanNode[];
}

const MAXIMUM_LABEL = 2000;

export function planNode(label: string, ...inputs: readonly PlanNode[]): PlanNode {
  return { label: label.length > MAXIMUM_LABEL ? `${label.slice(0, MAXIMUM_LABEL)}…` : label, inputs };
}

/** One line a node, inputs indented below. */
export function planText(node: PlanNode): string {
  const lines: string[] = [];
  const pending: { node: PlanNode; depth: number }[] = [{ node, depth: 0 }];
  while (pending.length > 0) {
    const next = pending.pop()!;
    lines.push(`${'  '.repeat(next.depth)}${next.node.label}`);
    for (const input of [...next.node.inputs].reverse()) pending.push({ node: input, depth: next.depth + 1 });
  }
  return lines.join('\n');
}
