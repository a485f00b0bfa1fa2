/** The HTTP edge: the order in which a request is looked at (`http-api.md` 1.2, `auth.md` 4). */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { FailureBudget } from '../auth/failure-budget.ts';
import { TokenLimiter } from '../auth/limiter.ts';
import { httpErrors, queryRunErrors, SluiceError } from '../errors/index.ts';
import type { RequestOutcome } from '../telemetry/metrics.ts';
import { clientAddress, parseNetworks } from './address.ts';
import { type AuthenticationState, authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import type { ApiDependencies } from './dependencies.ts';
import { QueryGate } from './query-gate.ts';
import { errorReply, type Reply } from './reply.ts';
import { RequestContext } from './request-context.ts';
import type { Route } from './route.ts';
import { findRoute } from './route-table.ts';
import { sendReply } from './send-reply.ts';
import { UNAVAILABLE, Unavailability } from './unavailability.ts';

const PREFLIGHT: Reply = {
  status: 204,
  headers: {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': '*',
    'access-control-allow-headers': '*',
    'access-control-max-age': '86400',
  },
};
const TOKEN_PATHS = ['/api/v3/configure/token', '/api/v3/enterprise/configure/token'];
const BOOTSTRAP_PATH = '/api/v3/configure/token/admin';
/** A body that nobody reads is thrown away up to here; a longer one costs its sender the connection. */
const MAXIMUM_DRAIN_BYTES = 32 * 2 ** 20;

export function createApi(dependencies: ApiDependencies): RequestListener {
  const { clock, options } = dependencies;
  const gate = new QueryGate(options.maxConcurrentQueries);
  const trusted = options.trustedProxies.length === 0 ? null : parseNetworks(options.trustedProxies);
  const state: AuthenticationState = {
    failures: new FailureBudget({ perMinute: options.authFailuresPerMinute, clock }),
    limiter: new TokenLimiter({ clock }),
  };
  const unavailability = new Unavailability(dependencies.logger, dependencies.metrics);
  dependencies.catalog.subscribe({ tokenDeleted: ({ id }) => state.limiter.forget(id) });
  return (request, response) => {
    const client = clientAddress(request, trusted);
    const context = new RequestContext(dependencies, request, response, client, gate);
    serve(context, response, state, unavailability).catch((error: unknown) => {
      logFailure(error, context);
      response.destroy();
    });
  };
}

async function serve(
  context: RequestContext,
  response: ServerResponse,
  state: AuthenticationState,
  unavailability: Unavailability,
): Promise<void> {
  const { dependencies } = context;
  const startedMs = dependencies.clock.monotonicMs();
  let route: Route | undefined;
  let reply: Reply;
  try {
    if (context.method === 'OPTIONS') {
      reply = PREFLIGHT;
    } else {
      checkTokenCalls(context);
      const isOpen = isOpenPath(context);
      if (isOpen) context.identity = { kind: 'anonymous' };
      else authenticate(context, state);
      const found = findRoute(context.method, context.path);
      if (found === undefined) throw httpErrors.routeNotFound();
      route = found.route;
      context.pathParameter = found.parameter;
      reply = withOrigin(await run(route, context, isOpen));
    }
  } catch (error) {
    if (error instanceof SluiceError && error.status === UNAVAILABLE && route !== undefined) {
      unavailability.refused(route, error);
    } else if (isOurFault(error)) logFailure(error, context);
    reply = failureReply(error, context, route);
  }
  const sent = await sendReply(response, complete(reply, context), drain(context.request));
  if (sent.failure !== undefined) {
    dependencies.logger.warn(
      { request_id: context.requestId, error: sent.failure },
      'a response was cut off',
    );
  }
  if (route !== undefined && sent.complete && reply.status < 400) unavailability.answered(route);
  dependencies.metrics.request({
    method: route?.method ?? 'other',
    path: route?.path ?? 'other',
    outcome: sent.complete ? outcomeOf(reply.status) : 'aborted',
    durationSecs: (dependencies.clock.monotonicMs() - startedMs) / 1000,
    bodyBytes: sent.bytes,
  });
}

/** A server without authentication has no token calls. */
function checkTokenCalls({ dependencies, path }: RequestContext): void {
  if (dependencies.options.withoutAuth && TOKEN_PATHS.some((prefix) => path.startsWith(prefix))) {
    throw httpErrors.tokensDisabled();
  }
}

/** Exact paths only: no credential is looked at there. */
function isOpenPath({ dependencies, path }: RequestContext): boolean {
  return path === BOOTSTRAP_PATH || dependencies.options.openPaths.has(path);
}

async function run(route: Route, context: RequestContext, isOpen: boolean): Promise<Reply> {
  const { permission } = route;
  if (permission.kind === 'fixed' && !isOpen) authorize(context, [permission.operation]);
  const input = await route.parse(context);
  if (permission.kind === 'requested') authorize(context, permission.operations(input, context));
  return route.handle(input, context);
}

/** What a statement does or asks for is the caller's affair, whatever its status is. */
const CALLERS: ReadonlySet<string> = new Set([
  queryRunErrors.queryExecution.code,
  queryRunErrors.queryMemory.code,
]);

function isOurFault(error: unknown): boolean {
  if (!(error instanceof SluiceError)) return true;
  return error.status >= 500 && !CALLERS.has(error.code);
}

function failureReply(error: unknown, context: RequestContext, route: Route | undefined): Reply {
  const told = error instanceof SluiceError ? error : httpErrors.internal(context.requestId);
  return (route?.renderError ?? errorReply)(told);
}

function logFailure(error: unknown, { dependencies, requestId, method, path }: RequestContext): void {
  dependencies.logger.error({ request_id: requestId, method, path, error }, 'a request failed');
}

function withOrigin(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'access-control-allow-origin': '*' } };
}

/** What every response carries. */
function complete(reply: Reply, context: RequestContext): Reply {
  const { identity } = context;
  const rotatedUntilMs = identity?.kind === 'token' ? identity.rotatedUntilMs : null;
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'cluster-uuid': context.dependencies.catalog.uuid,
      ...(rotatedUntilMs !== null && {
        'sluice-token-rotated': `expires=${new Date(rotatedUntilMs).toISOString()}`,
      }),
    },
  };
}

/**
 * Reads away what was not read, so that the connection can be used again, or, when it is to be closed, so that whoever
 * still sends can take the answer. undefined: there is nothing more.
 */
function drain(request: IncomingMessage): Promise<void> | undefined {
  if (request.destroyed) return undefined;
  if (request.complete) {
    request.resume();
    return undefined;
  }
  let bytes = 0;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAXIMUM_DRAIN_BYTES) request.destroy();
  });
  request.resume();
  return new Promise((resolve) => {
    request.once('end', resolve);
    request.once('close', resolve);
  });
}

function outcomeOf(status: number): RequestOutcome {
  return status < 400 ? 'ok' : status < 500 ? 'client_error' : 'server_error';
}
