/** `system.tokens` (`auth.md` 10, `beyond.md` B4): ascending id; a hash is nine characters, for administrators only. */

import { printPermissions } from '../../../auth/permission-print.ts';
import type { TokenRecord } from '../../../auth/token.ts';
import type { TokenUsage } from '../../../catalog/catalog.ts';
import {
  columnsOf,
  msToNs,
  orNull,
  TEXT,
  TIMESTAMP_MILLISECONDS,
  UINT64,
  UTF8,
  type VirtualRow,
  type VirtualTable,
} from '../virtual-table.ts';

const HASH_CHARACTERS = 9;

const columns = columnsOf({
  token_id: UINT64,
  name: TEXT,
  hash: TEXT,
  created_at: TIMESTAMP_MILLISECONDS,
  description: orNull(TEXT),
  created_by_token_id: orNull(UINT64),
  updated_at: orNull(TIMESTAMP_MILLISECONDS),
  updated_by_token_id: orNull(UINT64),
  expiry: orNull(TIMESTAMP_MILLISECONDS),
  permissions: TEXT,
  last_used_at: orNull(TIMESTAMP_MILLISECONDS),
  last_used_from: orNull(UTF8),
  last_used_by: orNull(UTF8),
  use_count: UINT64,
});
const withoutHash = columns.filter(({ name }) => name !== 'hash');

export const tokens: VirtualTable = {
  name: 'tokens',
  columns: ({ admin, hashesVisible }) => (admin && hashesVisible ? columns : withoutHash),
  *rows({ catalog, admin, hashesVisible }) {
    const usage = catalog.tokenUsage();
    for (const token of catalog.tokens()) yield row(token, usage.get(token.id), admin && hashesVisible);
  },
};

function row(token: TokenRecord, usage: TokenUsage | undefined, withHash: boolean): VirtualRow {
  return [
    token.id,
    token.name,
    ...(withHash ? [token.hash.toString('hex').slice(0, HASH_CHARACTERS)] : []),
    msToNs(token.createdAtMs),
    token.description,
    token.createdBy,
    optional(token.updatedAtMs),
    token.updatedBy,
    optional(token.expiryMs),
    printPermissions(token.permissions),
    optional(usage?.lastUsedAtMs ?? null),
    usage?.lastUsedFrom ?? null,
    usage?.lastUsedBy ?? null,
    usage?.useCount ?? 0,
  ];
}

const optional = (ms: number | null): bigint | null => (ms === null ? null : msToNs(ms));
