/** What virtual tables may draw from, for one request. */
import type { DatabaseScope } from '../../auth/operation.ts';
import type { AuditLog } from '../../catalog/audit.ts';
import type { CatalogReader, TokenUsage } from '../../catalog/catalog.ts';
import type { DatabaseRecord, TableRecord } from '../../catalog/records.ts';
import type { QueryPrincipal } from '../query.ts';
import type { QueryLog } from '../query-log.ts';

/** What this server says of itself in `system.nodes`. */
export interface NodeDescription {
  readonly nodeId: string;
  readonly instanceId: string;
  readonly coreCount: number;
  readonly startedAtMs: number;
}

export interface VirtualContext {
  readonly catalog: CatalogReader & {
    readonly audit: AuditLog;
    tokenUsage(): ReadonlyMap<number, TokenUsage>;
  };
  readonly database: DatabaseRecord;
  readonly scope: DatabaseScope;
  /** True for administrators: token hashes. */
  readonly admin: boolean;
  /** True when token hashes may be shown at all (not under `--without-auth`). */
  readonly hashesVisible: boolean;
  /** May see the queries of others. */
  readonly seesAllQueries: boolean;
  readonly principal: QueryPrincipal | null;
  readonly queries: QueryLog;
  readonly node: NodeDescription;
}

export function isInternal(database: DatabaseRecord): boolean {
  return database.id === 0;
}

/** The live user tables of the request's database that the principal may know of, by name. */
export function visibleTables(context: VirtualContext): TableRecord[] {
  return context.catalog
    .tables(context.database.id)
    .filter((table) => table.deletedAtMs === null && context.scope.table(table.name).kind !== 'hidden');
}
