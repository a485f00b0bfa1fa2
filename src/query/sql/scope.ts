/** Which columns a name may mean, and the errors when it means none or several (sql.md 3.3). */
import { columnExpression, type Expression } from './expression.ts';
import type { ScopeColumn } from './scope-column.ts';
import { at, errors, type Position, where } from './sql-errors.ts';

export interface ScopeRelation {
  /** What qualifies its columns: alias or table name; null for nothing. */
  readonly qualifier: string | null;
  readonly columns: readonly ScopeColumn[];
  /** Of a table, whose names are unique: the column of a name, so that the others need not be there. */
  column?(name: string): ScopeColumn | undefined;
}

function columnsOf(relation: ScopeRelation, name: string): readonly ScopeColumn[] {
  if (relation.column === undefined) return relation.columns.filter((column) => column.name === name);
  const column = relation.column(name);
  return column === undefined ? [] : [column];
}

/** Outer columns of one subquery as a tuple of their own. */
export interface RowKey {
  readonly id: string;
  readonly columnIds: readonly string[];
  isActive(): boolean;
}

export class Scope {
  readonly relations: readonly ScopeRelation[];
  /** The enclosing query's, for correlated subqueries. */
  readonly parent: Scope | null;
  /** Columns joined by USING: the merged one stands for both. */
  readonly merged: ReadonlyMap<string, Expression>;
  /** Ids that an unqualified name or `*` must not see. */
  readonly shadowed: ReadonlySet<string>;
  /** Columns of enclosing queries that were found through this scope: what makes a subquery correlated. */
  readonly outerReferences: Expression[] = [];
  /** What subqueries over these rows need beside them (`gate.ts`). */
  readonly rowKeys: RowKey[] = [];

  constructor(
    relations: readonly ScopeRelation[],
    parent: Scope | null,
    merged: ReadonlyMap<string, Expression> = new Map(),
    shadowed: ReadonlySet<string> = new Set(),
  ) {
    this.relations = relations;
    this.parent = parent;
    this.merged = merged;
    this.shadowed = shadowed;
  }

  /** Finds a column without failing; undefined when there is none here or outside. */
  find(qualifier: string | null, name: string, place: Position | undefined): Expression | undefined {
    const merged = qualifier === null ? this.merged.get(name) : undefined;
    const found: Expression[] = merged === undefined ? [] : [merged];
    for (const relation of this.relations) {
      if (qualifier !== null && relation.qualifier !== qualifier) continue;
      for (const column of columnsOf(relation, name)) {
        if (qualifier === null && this.shadowed.has(column.id)) continue;
        if (merged?.standsFor?.includes(column.id)) continue;
        found.push(
          columnExpression(column, relation.qualifier === null ? name : `${relation.qualifier}.${name}`),
        );
      }
    }
    if (found.length > 1)
      throw errors.schema(
        `Ambiguous reference to unqualified field ${quoted(name)}${at(place)}: qualify it with one of ${found.map((e) => e.name).join(', ')}`,
      );
    if (found[0] !== undefined) return found[0];
    const outer = this.parent?.find(qualifier, name, place);
    if (outer !== undefined) this.outerReferences.push(outer);
    return outer;
  }

  resolve(qualifier: string | null, name: string, place: Position | undefined): Expression {
    return this.find(qualifier, name, place) ?? this.fail(qualifier, name, place);
  }

  has(name: string): boolean {
    return this.relations.some((relation) => columnsOf(relation, name).length > 0);
  }

  owns(columnId: string): boolean {
    return this.relations.some((relation) => relation.columns.some(({ id }) => id === columnId));
  }

  private fail(qualifier: string | null, name: string, place: Position | undefined): never {
    const shown = qualifier === null ? quoted(name) : `${qualifier}.${quoted(name)}`;
    const valid = this.relations.flatMap((relation) =>
      relation.columns.map((column) =>
        relation.qualifier === null ? column.name : `${relation.qualifier}.${quoted(column.name)}`,
      ),
    );
    const near = this.relations
      .flatMap((relation) => relation.columns.map((column) => column.name))
      .map((candidate) => [distance(candidate, name), candidate] as const)
      .filter(
        ([d, candidate]) => d <= Math.max(candidate.length > 2 ? 1 : 0, Math.floor(candidate.length / 3)),
      )
      .sort((a, b) => a[0] - b[0])[0];
    const hint = near === undefined ? '' : ` Did you mean '${near[1]}'?`;
    const fields =
      valid.length === 0
        ? ''
        : ` Valid fields are ${valid.slice(0, 100).join(', ')}${valid.length > 100 ? ', …' : ''}.`;
    throw errors.schema(`No field named ${shown}.${hint}${fields}${where(place)}`);
  }
}

/** Names that need quotes are shown with them. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`;
}

/** Levenshtein distance, capped by the lengths (names are short). */
export function distance(a: string, b: string): number {
  const left = a.slice(0, 64).toLowerCase();
  const right = b.slice(0, 64).toLowerCase();
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++)
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1));
    row = next;
  }
  return row[right.length]!;
}
