/** What the edge adds to the audit log (`beyond.md` B12): refusals always, data access where it is asked for. */
import type { Operation } from '../auth/operation.ts';
import type { RequestContext } from './request-context.ts';

/** Bounds a path that a stranger chose. */
const MAXIMUM_RESOURCE = 200;

/** A refusal. `wouldNeed` goes to the log for administrators, never to the caller. */
export function auditRefusal(
  context: RequestContext,
  status: number,
  action: string,
  wouldNeed: string | null,
): void {
  const { catalog, clock, logger, metrics } = context.dependencies;
  metrics.refusal();
  const route = `${context.method} ${context.path}`.slice(0, MAXIMUM_RESOURCE);
  catalog.audit.record({
    ...context.changeContext(action, route, wouldNeed === null ? null : { would_need: wouldNeed }),
    timeMs: clock.nowMs(),
    decision: 'deny',
    rule: null,
    status,
  });
  logger.debug(
    {
      request_id: context.requestId,
      token: context.token?.name,
      client: context.client,
      route,
      action,
      would_need: wouldNeed,
    },
    'refused',
  );
}

/** A write or a query that was allowed. */
export function auditDataAccess(
  context: RequestContext,
  operation: Operation & { readonly kind: 'database' },
  rule: string | null,
): void {
  const { catalog, clock } = context.dependencies;
  const { database, table, action } = operation;
  const resource = `db:${database.name}${table === undefined ? '' : `/${table}`}`;
  catalog.audit.record({
    ...context.changeContext(`data.${action}`, resource, null),
    timeMs: clock.nowMs(),
    decision: 'allow',
    rule,
    status: null,
  });
}
