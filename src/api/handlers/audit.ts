/** The audit log over HTTP (`beyond.md` B12): rows in order, and whether their chain holds. Administrators only. */
import type { AuditRow } from '../../catalog/audit.ts';
import { jsonReply } from '../reply.ts';
import { ADMIN, defineRoute } from '../route.ts';

const AUDIT = '/api/v3/enterprise/audit';
const MAXIMUM_ROWS = 10_000;

/** JSON lines, oldest first, after the row `after_seq`, at most `limit`; empty at the end. */
export const listAudit = defineRoute<{ afterSeq: number; limit: number }>({
  method: 'GET',
  path: AUDIT,
  permission: ADMIN,
  parse: ({ parameters }) => ({
    afterSeq: parameters.count('after_seq', 0),
    limit: Math.min(parameters.count('limit', MAXIMUM_ROWS), MAXIMUM_ROWS),
  }),
  handle: (range, { dependencies }) => ({
    status: 200,
    headers: { 'content-type': 'application/jsonl' },
    body: dependencies.catalog.audit
      .read(range)
      .map((row) => JSON.stringify(auditObject(row)) + '\n')
      .join(''),
  }),
});

/** `{"ok":true,"rows":n}`, or the first row that is altered, missing or inserted. */
export const verifyAudit = defineRoute({
  method: 'GET',
  path: `${AUDIT}/verify`,
  permission: ADMIN,
  parse: () => undefined,
  handle: async (_input, { dependencies }) => jsonReply(200, await dependencies.catalog.audit.verify()),
});

/** The columns of `system.audit`, in its order; times in milliseconds, as they are hashed. */
function auditObject(row: AuditRow): object {
  return {
    time_ms: row.timeMs,
    seq: row.seq,
    request_id: row.requestId,
    token_id: row.tokenId,
    token_name: row.tokenName,
    client: row.client,
    action: row.action,
    resource: row.resource,
    decision: row.decision,
    rule: row.rule,
    status: row.status,
    detail: row.detail,
    prev_hash: row.prevHash,
    hash: row.hash,
  };
}
