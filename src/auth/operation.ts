/**
 * One parsed operation, the only thing that the authorizer decides on: never a path, never a verb.
 * Every interface (HTTP, Flight, the web UI) builds one of these and asks.
 */
import type { DatabaseAction, RowCondition, SystemResource } from './permission.ts';

/** A database as the caller named it; `id` null when no such database exists. */
export interface DatabaseReference {
  readonly name: string;
  readonly id: number | null;
}

export type Operation =
  /** Anything on one database. With `table`, on that table only. */
  | {
      readonly kind: 'database';
      readonly database: DatabaseReference;
      readonly action: DatabaseAction;
      readonly table?: string;
    }
  /** "May this caller list databases at all": any action on any database. */
  | { readonly kind: 'list_databases' }
  | { readonly kind: 'system'; readonly resource: SystemResource }
  /** Administration: tokens, databases' settings, nodes. */
  | { readonly kind: 'admin' }
  /** Any valid token (who am I, engine routes). */
  | { readonly kind: 'authenticated' };

/** `rule` names the permission that allowed, or what would have been needed. For logs and admins only. */
export interface Decision {
  readonly allowed: boolean;
  readonly rule: string | null;
  readonly wouldNeed: string | null;
}

/** What a principal may read of one table. `hidden`: the table does not exist for this principal. */
export type TableAccess =
  | { readonly kind: 'all' }
  | { readonly kind: 'hidden' }
  /** A row is visible when ANY alternative holds; an alternative holds when ALL its conditions do. */
  | { readonly kind: 'rows'; readonly anyOf: readonly (readonly RowCondition[])[] };

/** What a principal may do with the tables of one database: made once a request, asked per table. */
export interface DatabaseScope {
  /** True when every table is allowed without a row filter: the fast path. */
  readonly unrestricted: boolean;
  table(name: string): TableAccess;
  /** Stable text of what the scope allows: part of every cache key, so that principals never share rows. */
  readonly fingerprint: string;
}
