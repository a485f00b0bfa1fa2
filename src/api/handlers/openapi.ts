/** `GET /api/v3/openapi.json`: the API as a document, for any valid token. */
import { openApiDocument } from '../openapi/document.ts';
import { jsonReply } from '../reply.ts';
import { AUTHENTICATED, defineRoute, type Route } from '../route.ts';

/** The route that describes these routes and itself. */
export function openApiRoute(routes: readonly Route[]): Route {
  const route: Route = defineRoute({
    method: 'GET',
    path: '/api/v3/openapi.json',
    permission: AUTHENTICATED,
    parse: () => undefined,
    handle: (_input, { dependencies }) =>
      jsonReply(200, openApiDocument([...routes, route], dependencies.options.version)),
  });
  return route;
}
