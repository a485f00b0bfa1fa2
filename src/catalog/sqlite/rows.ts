/** Rows of the store as records, and back. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { Permission } from '../../auth/permission.ts';
import type { TokenLimits, TokenOrigin, TokenRecord } from '../../auth/token.ts';
import type { AuditRow } from '../audit.ts';
import type { TokenUsage } from '../catalog.ts';
import type { DatabaseRecord, RowDeleteRecord } from '../records.ts';

export type Row = Record<string, SQLInputValue>;

/** In the order of the table's columns. */
export function tokenToRow(token: TokenRecord): SQLInputValue[] {
  return [
    token.id,
    token.name,
    token.hash,
    token.description,
    token.createdBy,
    token.createdAtMs,
    token.updatedAtMs,
    token.updatedBy,
    token.expiryMs,
    JSON.stringify(token.permissions),
    token.origin,
    token.limits === null ? null : JSON.stringify(token.limits),
    token.allowedCidrs === null ? null : JSON.stringify(token.allowedCidrs),
    token.derive ? 1 : 0,
    token.parentId,
    token.previous?.hash ?? null,
    token.previous?.expiresAtMs ?? null,
  ];
}

/**
 * Most tokens have none of these, come from the API and may not derive: all that is read as one JSON text, or
 * null, because each column has its price.
 */
const SELDOM_COLUMNS = [
  'description',
  'created_by',
  'updated_at_ms',
  'updated_by',
  'limits',
  'allowed_cidrs',
  'parent_id',
  'previous_hash',
  'previous_expires_at_ms',
];

/** What a token is read from; its hash comes apart, because a small object for each would cost the most. */
export const TOKEN_COLUMNS = [
  'id',
  'name',
  'created_at_ms',
  'expiry_ms',
  'permissions',
  `CASE WHEN coalesce(${SELDOM_COLUMNS.join(', ')}) IS NULL AND origin = 'api' AND derive = 0 THEN NULL
    ELSE json_array(${SELDOM_COLUMNS.join(', ').replace('previous_hash,', 'hex(previous_hash),')}, origin, derive) END`,
] as const;

type TokenRow = readonly SQLOutputValue[];

/** Reads tokens; equal permission texts (the common case with many tokens) share one parsed value. */
export function tokenReader(): (row: TokenRow, hash: Buffer) => TokenRecord {
  const permissions = new Map<string, readonly Permission[]>();
  const origins = new Map<TokenOrigin, TokenOrigin>();
  const shared = (origin: TokenOrigin) => {
    if (!origins.has(origin)) origins.set(origin, origin);
    return origins.get(origin) ?? origin;
  };
  return (row, hash) => {
    const permissionText = row[4] as string;
    let parsed = permissions.get(permissionText);
    if (parsed === undefined) {
      parsed = JSON.parse(permissionText) as readonly Permission[];
      if (permissions.size < 10_000) permissions.set(permissionText, parsed);
    }
    const seldom = row[5] === null ? NOTHING_SELDOM : (JSON.parse(row[5] as string) as SeldomValues);
    const previousHash = seldom[7];
    return {
      id: row[0] as number,
      name: row[1] as string,
      hash,
      description: seldom[0],
      createdBy: seldom[1],
      createdAtMs: row[2] as number,
      updatedAtMs: seldom[2],
      updatedBy: seldom[3],
      expiryMs: row[3] as number | null,
      permissions: parsed,
      origin: shared(seldom[9]),
      limits: json<TokenLimits>(seldom[4]),
      allowedCidrs: json<readonly string[]>(seldom[5]),
      derive: seldom[10] === 1,
      parentId: seldom[6],
      previous:
        previousHash === '' ? null : { hash: Buffer.from(previousHash, 'hex'), expiresAtMs: seldom[8] ?? 0 },
    };
  };
}

/** Values of `SELDOM_COLUMNS`, the hash in hexadecimal ('' = none), then `origin` and `derive`. */
type SeldomValues = readonly [
  string | null,
  number | null,
  number | null,
  number | null,
  string | null,
  string | null,
  number | null,
  string,
  number | null,
  TokenOrigin,
  0 | 1,
];
const NOTHING_SELDOM: SeldomValues = [null, null, null, null, null, null, null, '', null, 'api', 0];

export function databaseFromRow(row: Row): DatabaseRecord {
  return {
    id: row.id as number,
    name: row.name as string,
    retentionNs: period(row.retention_ns),
    createdAtMs: row.created_at_ms as number,
    deletedAtMs: row.deleted_at_ms as number | null,
    hardDeleteAtMs: row.hard_delete_at_ms as number | null,
    originalName: row.original_name as string,
    engineDatabase: row.engine_database as string,
  };
}

export function usageFromRow(row: Row): TokenUsage {
  return {
    tokenId: row.token_id as number,
    lastUsedAtMs: row.last_used_at_ms as number,
    lastUsedFrom: row.last_used_from as string | null,
    lastUsedBy: row.last_used_by as string | null,
    useCount: row.use_count as number,
  };
}

export function auditFromRow(row: Row): AuditRow {
  return {
    seq: row.seq as number,
    timeMs: row.time_ms as number,
    requestId: row.request_id as string,
    tokenId: row.token_id as number | null,
    tokenName: row.token_name as string | null,
    client: row.client as string | null,
    action: row.action as string,
    resource: row.resource as string,
    decision: row.decision as 'allow' | 'deny',
    rule: row.rule as string | null,
    status: row.status as number | null,
    detail: row.detail as string | null,
    prevHash: row.prev_hash as string,
    hash: row.hash as string,
  };
}

/** Nanoseconds pass 2^53: they are text in the JSON. */
export function rowDeleteToText(row: RowDeleteRecord): string {
  const text = (ns: bigint | null) => (ns === null ? null : String(ns));
  return JSON.stringify({ ...row, minTimeNs: text(row.minTimeNs), maxTimeNs: text(row.maxTimeNs) });
}

export function rowDeleteFromRow(row: Row): RowDeleteRecord {
  const stored = JSON.parse(row.definition as string) as RowDeleteRecord & {
    readonly minTimeNs: string | null;
    readonly maxTimeNs: string | null;
  };
  return { ...stored, minTimeNs: period(stored.minTimeNs), maxTimeNs: period(stored.maxTimeNs) };
}

export function period(value: SQLInputValue | undefined): bigint | null {
  return typeof value === 'string' ? BigInt(value) : null;
}

function json<T>(value: SQLOutputValue | undefined): T | null {
  return typeof value === 'string' ? (JSON.parse(value) as T) : null;
}
