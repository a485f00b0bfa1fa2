/** May the caller: every operation that a request needs is asked of the one authorizer. */
import type { Decision, Operation } from '../auth/operation.ts';
import { authErrors } from '../errors/index.ts';
import { auditDataAccess, auditRefusal } from './audit-trail.ts';
import type { RequestContext } from './request-context.ts';

/** Throws `forbidden` unless all are allowed. No operation at all is a refusal. */
export function authorize(context: RequestContext, operations: readonly Operation[]): void {
  const { auditDataAccess: isAudited } = context.dependencies.options;
  if (operations.length === 0) refuse(context, 'nothing asked for', null);
  for (const operation of operations) {
    const { rule } = requireAllowed(context, operation);
    if (isAudited && isDataAccess(operation)) auditDataAccess(context, operation, rule);
  }
}

/** One operation, without a row for data access: for what was decided once and may have changed since. */
export function requireAllowed(context: RequestContext, operation: Operation): Decision {
  const decision = context.dependencies.authorizer.authorize(context.principal, operation);
  if (!decision.allowed) refuse(context, actionOf(operation), decision.wouldNeed);
  return decision;
}

function isDataAccess(operation: Operation): operation is Operation & { readonly kind: 'database' } {
  return operation.kind === 'database' && (operation.action === 'read' || operation.action === 'write');
}

function refuse(context: RequestContext, action: string, wouldNeed: string | null): never {
  auditRefusal(context, 403, action, wouldNeed);
  throw authErrors.forbidden();
}

function actionOf(operation: Operation): string {
  switch (operation.kind) {
    case 'database':
      return `database.${operation.action}`;
    case 'system':
      return `system.${operation.resource}`;
    default:
      return operation.kind;
  }
}
