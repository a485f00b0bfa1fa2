/** What stands after FROM, bound: relations in scope and engine SQL that delivers their columns by id. */
import type { AstValue } from './ast.ts';
import type { LiftedRow } from './environment.ts';
import type { Expression } from './expression.ts';
import type { PlanNode } from './plan-node.ts';
import type { Scan } from './scan.ts';
import type { ScopeRelation } from './scope.ts';
import type { Template } from './statement-context.ts';

export interface Source {
  readonly relations: readonly ScopeRelation[];
  /** One table expression or a chain of joins; may be put after FROM as it is. */
  readonly sql: Template;
  readonly node: PlanNode;
  /** Columns joined by USING: the one that stands for both. */
  readonly merged: ReadonlyMap<string, Expression>;
  /** Ids that an unqualified name or `*` must not see. */
  readonly shadowed: ReadonlySet<string>;
  readonly scans: readonly Scan[];
  /** A join is a chain of text; anything else stands in brackets without an alias. */
  readonly joined: boolean;
  /** Conditions of inner joins that only the whole FROM can be asked for: they hold correlated subqueries. */
  readonly conditions?: readonly AstValue[];
  /** The one row of a query in a correlated subquery, all of the rows that stand here. */
  readonly lifted?: LiftedRow;
}
