/** What a route is: how it is reached, what it needs, and what it does. */
import type { Operation } from '../auth/operation.ts';
import type { SluiceError } from '../errors/index.ts';
import type { Reply } from './reply.ts';
import type { RequestContext } from './request-context.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * What a route needs. `fixed` is decided before anything of the request but its target is read; `requested` is
 * decided on the parsed request, before the handler; `bootstrap` is the one door without a lock.
 */
export type Permission<Input> =
  | { readonly kind: 'fixed'; readonly operation: Operation }
  | {
      readonly kind: 'requested';
      /** All of them must be allowed. None at all is a refusal, never a grant. */
      readonly operations: (input: Input, context: RequestContext) => readonly Operation[];
    }
  | { readonly kind: 'bootstrap'; readonly why: string };

export interface Route<Input = unknown> {
  readonly method: Method;
  readonly path: string;
  readonly permission: Permission<Input>;
  /** Reads and checks the request's parameters (and its body where the permission depends on it). */
  readonly parse: (context: RequestContext) => Input | Promise<Input>;
  readonly handle: (input: Input, context: RequestContext) => Reply | Promise<Reply>;
  /** Renders failures in the manner of an older API; the default is `errorReply`. */
  readonly renderError?: (error: SluiceError) => Reply;
}

/** Erases the type of the input: parse, permission and handler of one route agree on it here. */
export function defineRoute<Input>(route: Route<Input>): Route {
  return route as unknown as Route;
}

export const ADMIN: Permission<unknown> = { kind: 'fixed', operation: { kind: 'admin' } };
export const AUTHENTICATED: Permission<unknown> = { kind: 'fixed', operation: { kind: 'authenticated' } };
export const LIST_DATABASES: Permission<unknown> = { kind: 'fixed', operation: { kind: 'list_databases' } };
export const system = (resource: 'health' | 'metrics' | 'ping' | 'ready'): Permission<unknown> => ({
  kind: 'fixed',
  operation: { kind: 'system', resource },
});
