/** May the caller: every operation that a request needs is asked of the one authorizer. */
import type { Operation } from '../auth/operation.ts';
import { authErrors } from '../errors/index.ts';
import { auditDataAccess, auditRefusal } from './audit-trail.ts';
import type { RequestContext } from './request-context.ts';

/** Throws `forbidden` unless all are allowed. No operation at all is a refusal. */
export function authorize(context: RequestContext, operations: readonly Operation[]): void {
  const { authorizer, options } = context.dependencies;
  if (operations.length === 0) refuse(context, 'nothing asked for', null);
  for (const operation of operations) {
    const decision = authorizer.authorize(context.principal, operation);
    if (!decision.allowed) refuse(context, actionOf(operation), decision.wouldNeed);
    if (options.auditDataAccess && isDataAccess(operation)) {
      auditDataAccess(context, operation, decision.rule);
    }
  }
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
