/**
 * A permission as stored: names are already bound to ids where InfluxDB binds them to ids.
 *
 * Plain InfluxDB permissions mean what they mean in InfluxDB (`auth.md` 6); the rest is `beyond.md` B1.
 */

/** In the order in which they are printed. */
export const DATABASE_ACTIONS = ['create', 'describe', 'read', 'write', 'delete'] as const;
export type DatabaseAction = (typeof DATABASE_ACTIONS)[number];

/** What `system:*` covers: InfluxDB's four, so that it means no more here than there. */
export const PLAIN_SYSTEM_RESOURCES = ['health', 'metrics', 'ping', 'ready'] as const;
/** Those that show one table of `_internal` to a token that is not an administrator (B1). */
export const INTROSPECTION_RESOURCES = ['tokens', 'queries', 'tables'] as const;
export const SYSTEM_RESOURCES = [...PLAIN_SYSTEM_RESOURCES, ...INTROSPECTION_RESOURCES] as const;
export type SystemResource = (typeof SYSTEM_RESOURCES)[number];

export const isDatabaseAction = (word: string): word is DatabaseAction =>
  (DATABASE_ACTIONS as readonly string[]).includes(word);

export const isSystemResource = (word: string): word is SystemResource =>
  (SYSTEM_RESOURCES as readonly string[]).includes(word);

/** Which databases. `id` is bound at creation and survives renames; `prefix` is bound to names. */
export type DatabaseSelector =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'id';
      readonly id: number /** Name at creation, for listings of dead databases. */;
      readonly name: string;
    }
  | { readonly kind: 'prefix'; readonly prefix: string };

/** Which tables of those databases: exact names or prefixes; null = all. */
export type TableSelector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'prefix'; readonly prefix: string };

/** Rows whose tag is one of the values; several are joined by AND. */
export interface RowCondition {
  readonly tag: string;
  readonly values: readonly string[];
}

export type Permission =
  /** `*:*:*`: operator and named admin tokens. */
  | { readonly kind: 'admin' }
  /** `*:*:read` (B1): reads everything, changes nothing. */
  | { readonly kind: 'read_everything' }
  | {
      readonly kind: 'database';
      readonly databases: readonly DatabaseSelector[];
      readonly tables: readonly TableSelector[] | null;
      readonly rows: readonly RowCondition[] | null;
      readonly actions: readonly DatabaseAction[];
    }
  | {
      readonly kind: 'system';
      readonly resources: readonly SystemResource[] | 'all';
      readonly actions: readonly ['read'] | readonly [];
    };
