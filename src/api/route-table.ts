/** From method and path to a route. Paths are compared as they were sent: only the exact spelling reaches one. */
import type { Route } from './route.ts';
import { routes } from './routes.ts';

export interface FoundRoute {
  readonly route: Route;
  /** The number in the path, for a route with a place for one. */
  readonly parameter: string | null;
}

const PLACE = /\{[a-z]+\}/;

const plain: ReadonlyMap<string, FoundRoute> = new Map(
  routes
    .filter(({ path }) => !PLACE.test(path))
    .map((route) => [`${route.method} ${route.path}`, { route, parameter: null }]),
);
const withPlace = routes
  .filter(({ path }) => PLACE.test(path))
  .map((route) => ({ route, pattern: new RegExp(`^${route.path.replace(PLACE, '([0-9]{1,15})')}$`) }));

export function findRoute(method: string, path: string): FoundRoute | undefined {
  const exact = plain.get(`${method} ${path}`);
  if (exact !== undefined) return exact;
  for (const { route, pattern } of withPlace) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (match !== null) return { route, parameter: match[1]! };
  }
  return undefined;
}
