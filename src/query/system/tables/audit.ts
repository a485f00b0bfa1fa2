/** `system.audit` (`beyond.md` B12): the newest rows of the audit log, in order. */
import type { AuditLog, AuditRow } from '../../../catalog/audit.ts';
import {
  columnsOf,
  msToNs,
  orNull,
  TIMESTAMP_MILLISECONDS,
  UINT64,
  UTF8,
  type VirtualTable,
} from '../virtual-table.ts';

/** Older rows are read with `GET /api/v3/enterprise/audit`, which pages. */
const MAXIMUM_ROWS = 100_000;
const PAGE_ROWS = 1000;

const columns = columnsOf({
  time: TIMESTAMP_MILLISECONDS,
  seq: UINT64,
  request_id: UTF8,
  token_id: orNull(UINT64),
  token_name: orNull(UTF8),
  client: orNull(UTF8),
  action: UTF8,
  resource: UTF8,
  decision: UTF8,
  rule: orNull(UTF8),
  status: orNull(UINT64),
  detail: orNull(UTF8),
  prev_hash: UTF8,
  hash: UTF8,
});

export const audit: VirtualTable = {
  name: 'audit',
  columns: () => columns,
  *rows({ catalog }) {
    let afterSeq = Math.max(0, lastSeq(catalog.audit) - MAXIMUM_ROWS);
    while (true) {
      const page = catalog.audit.read({ afterSeq, limit: PAGE_ROWS });
      for (const row of page) yield cells(row);
      if (page.length < PAGE_ROWS) return;
      afterSeq = page[page.length - 1]?.seq ?? afterSeq;
    }
  },
};

/** Numbers have no gaps, so that the end is found by halving. */
function lastSeq(log: AuditLog): number {
  const existsAfter = (seq: number) => log.read({ afterSeq: seq, limit: 1 }).length > 0;
  let high = 1;
  while (existsAfter(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (existsAfter(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function cells(row: AuditRow) {
  return [
    msToNs(row.timeMs),
    row.seq,
    row.requestId,
    row.tokenId,
    row.tokenName,
    row.client,
    row.action,
    row.resource,
    row.decision,
    row.rule,
    row.status,
    row.detail,
    row.prevHash,
    row.hash,
  ];
}
