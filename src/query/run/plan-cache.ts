/**
 * Plans by text: a dashboard sends the same statements again and again, and a plan does not depend on when it
 * runs. One is used again only where everything that it was made from is the same: the text and its parameters,
 * the database, what the principal may see of it, and each table's own record.
 */
import type { QueryRequest } from '../query.ts';
import type { Relation, SelectPlan } from '../sql/plan.ts';

const REMEMBERED_PLANS = 300;
const MAXIMUM_CHARACTERS = 4000;

export type TableRelation = Extract<Relation, { kind: 'table' }>;

interface Entry {
  readonly plan: SelectPlan;
  /** As the plan found them, by name. */
  readonly tables: ReadonlyMap<string, TableRelation>;
}

export class PlanCache {
  private readonly entries = new Map<string, Entry>();
  private catalogVersion = -1;

  /** `resolve` names a table as the request sees it now. */
  find(
    key: string,
    catalogVersion: number,
    resolve: (name: string) => Relation | undefined,
  ): SelectPlan | undefined {
    if (catalogVersion !== this.catalogVersion) return undefined;
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    // A change that failed gives its version to the next one, so the version alone is no proof.
    for (const [name, { table, retentionNs }] of entry.tables) {
      const now = resolve(name);
      if (now?.kind !== 'table' || now.table !== table || now.retentionNs !== retentionNs) return undefined;
    }
    return entry.plan;
  }

  /** Remembers a plan that was made under this version, where it may be used again at all. */
  put(
    key: string,
    catalogVersion: number,
    plan: SelectPlan,
    tables: ReadonlyMap<string, TableRelation>,
  ): void {
    if (!plan.reusable || key.length > MAXIMUM_CHARACTERS) return;
    if (catalogVersion !== this.catalogVersion) this.entries.clear();
    this.catalogVersion = catalogVersion;
    const [oldest] = this.entries.keys();
    if (this.entries.size >= REMEMBERED_PLANS && oldest !== undefined) this.entries.delete(oldest);
    this.entries.set(key, { plan, tables });
  }
}

/** Equal for two requests only if their plans are, the tables' own state left aside (auth/SPEC.md A13). */
export function planKey({
  database,
  scope,
  text,
  parameters,
}: Pick<QueryRequest, 'database' | 'scope' | 'text' | 'parameters'>): string {
  // As JSON, so that no text can imitate another part; a type, because 1 and '1' bind differently.
  const values = [...parameters].map(([name, value]) => [name, typeof value, String(value)]);
  return JSON.stringify([database.id, scope.fingerprint, values, text]);
}
