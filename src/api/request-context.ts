/** One request on its way through the pipeline. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DatabaseReference } from '../auth/operation.ts';
import type { Principal } from '../auth/principal.ts';
import type { ChangeContext } from '../catalog/audit.ts';
import type { CatalogWriter } from '../catalog/catalog.ts';
import { authErrors } from '../errors/index.ts';
import type { Caller } from '../tokens/token-service.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { QueryGate } from './query-gate.ts';
import type { TokenBudget } from './token-budget.ts';
import { UrlParameters } from './url-parameters.ts';

export class RequestContext {
  readonly dependencies: ApiDependencies;
  readonly request: IncomingMessage;
  readonly method: string;
  /** As sent: not decoded and not normalised, so that no spelling but the exact one reaches a route. */
  readonly path: string;
  /** The query string without `?`; null where there is none. */
  readonly search: string | null;
  readonly requestId: string;
  /** Client address by the trusted-proxy rule. */
  readonly client: string;
  /** Who asks, as authentication decided; null before that. */
  identity: Principal | null = null;
  /** The number in the path, for a route that has one. */
  pathParameter: string | null = null;
  /** What the token's limits leave; null without limits. */
  budget: TokenBudget | null = null;
  readonly gate: QueryGate;
  private readonly response: ServerResponse;
  private parsedParameters: UrlParameters | null = null;
  private abort: AbortController | null = null;

  constructor(
    dependencies: ApiDependencies,
    request: IncomingMessage,
    response: ServerResponse,
    client: string,
    gate: QueryGate,
  ) {
    this.dependencies = dependencies;
    this.request = request;
    this.response = response;
    this.method = request.method ?? '';
    const target = (request.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '');
    const mark = target.indexOf('?');
    this.path = mark === -1 ? target : target.slice(0, mark);
    this.search = mark === -1 ? null : target.slice(mark + 1);
    this.requestId = dependencies.random.uuid();
    this.client = client;
    this.gate = gate;
  }

  get parameters(): UrlParameters {
    this.parsedParameters ??= new UrlParameters(this.search ?? '');
    return this.parsedParameters;
  }

  /** Aborted when the client goes away before the answer is complete. */
  get signal(): AbortSignal {
    if (this.abort === null) {
      const controller = new AbortController();
      this.abort = controller;
      const { response } = this;
      if (response.destroyed) controller.abort();
      else {
        response.once('close', () => {
          if (!response.writableFinished) controller.abort();
        });
      }
    }
    return this.abort.signal;
  }

  /** Who asks. Throws `unauthenticated` where nobody decided it: a forgotten step must not open a door. */
  get principal(): Principal {
    if (this.identity === null) throw authErrors.unauthenticated();
    return this.identity;
  }

  get token() {
    return this.identity?.kind === 'token' ? this.identity.token : null;
  }

  get caller(): Caller {
    return { requestId: this.requestId, client: this.client, principal: this.principal };
  }

  /** The database of a name with its id, null where there is none. */
  database(name: string): DatabaseReference {
    return { name, id: this.dependencies.catalog.database(name)?.id ?? null };
  }

  /** A catalog writer for one change, which names this request as its author. */
  change(action: string, resource: string, detail: object | null = null): CatalogWriter {
    return this.dependencies.catalog.as(this.changeContext(action, resource, detail));
  }

  changeContext(action: string, resource: string, detail: object | null): ChangeContext {
    return {
      requestId: this.requestId,
      tokenId: this.token?.id ?? null,
      tokenName: this.token?.name ?? null,
      client: this.client,
      action,
      resource,
      detail: detail === null ? null : JSON.stringify(detail),
    };
  }
}
