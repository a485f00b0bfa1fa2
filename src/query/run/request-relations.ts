/** The names that one request may use: user tables by the principal's scope, system tables, caches. */

import type { CacheReader } from '../../caches/caches.ts';
import { cacheSource } from '../caches/cache-source.ts';
import { distinctCacheView } from '../caches/distinct-cache.ts';
import { lastCacheView } from '../caches/last-cache.ts';
import type { Relation, RelationProvider, SelectPlan, VirtualRelation } from '../sql/plan.ts';
import { informationSchema } from '../system/information-schema/views.ts';
import { systemTable } from '../system/registry.ts';
import type { VirtualContext } from '../system/virtual-context.ts';
import type { VirtualTable } from '../system/virtual-table.ts';
import type { TableRelation } from './plan-cache.ts';
import type { VirtualSource } from './virtual-source.ts';

export class RequestRelations implements RelationProvider {
  private readonly context: VirtualContext;
  private readonly nowNs: bigint;
  private readonly caches: CacheReader | null;
  private readonly planView: (text: string, relations: RelationProvider) => SelectPlan;
  /** The user tables that were named and found. */
  readonly tables = new Map<string, TableRelation>();
  private readonly sources = new Map<string, VirtualSource>();

  /** `planView` plans a query that we wrote, over these relations. */
  constructor(
    context: VirtualContext,
    nowNs: bigint,
    caches: CacheReader | null,
    planView: (text: string, relations: RelationProvider) => SelectPlan,
  ) {
    this.context = context;
    this.nowNs = nowNs;
    this.caches = caches;
    this.planView = planView;
  }

  relation(schema: string, name: string): Relation | undefined {
    switch (schema) {
      case 'iox':
        return this.userTable(name);
      case 'system':
        return this.virtualTable(schema, systemTable(this.context, name));
      case 'information_schema':
        return this.virtualTable(
          schema,
          informationSchema.find((view) => view.name === name),
        );
      default:
        return undefined;
    }
  }

  tableFunction(name: string, args: readonly (string | undefined)[]): Relation | undefined {
    const combinations = name === 'distinct_cache';
    if (!combinations && name !== 'last_cache') return undefined;
    const view = combinations ? distinctCacheView(this.context, args) : lastCacheView(this.context, args);
    const plan = (sql: string) => this.planView(sql, this);
    const source = cacheSource(view, this.context, this.caches, this.nowNs, plan);
    return { ...this.virtual(`${name}:${JSON.stringify(args)}`, source), combinations };
  }

  /** For a virtual id of a plan that was made over these relations. */
  source(id: string): VirtualSource {
    const source = this.sources.get(id);
    if (source === undefined) throw new TypeError(`the plan reads ${id}, which nobody named`);
    return source;
  }

  private userTable(name: string): Relation | undefined {
    const { catalog, database, scope } = this.context;
    const table = catalog.table(database.id, name);
    if (table === undefined) return undefined;
    const access = scope.table(name);
    if (access.kind === 'hidden') return undefined;
    const relation: TableRelation = { kind: 'table', table, access, retentionNs: catalog.retentionNs(table) };
    this.tables.set(name, relation);
    return relation;
  }

  private virtualTable(schema: string, table: VirtualTable | undefined): Relation | undefined {
    if (table === undefined) return undefined;
    const columns = table.columns(this.context);
    return this.virtual(`${schema}.${table.name}`, {
      kind: 'rows',
      columns,
      rows: (equalities) => table.rows(this.context, equalities),
    });
  }

  private virtual(id: string, source: VirtualSource): VirtualRelation {
    this.sources.set(id, source);
    return { kind: 'virtual', id, columns: source.columns };
  }
}
