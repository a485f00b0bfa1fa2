import { expect, test } from 'vitest';
import { routes } from '../routes.ts';
import { openApiDocument, operationDescriptions } from './document.ts';

test('every route is described, and no route that does not exist', () => {
  const served = routes.map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(operationDescriptions).sort()).toEqual([...served].sort());
});

test('the document holds every route, and every reference in it leads somewhere', () => {
  const document = openApiDocument(routes, '1.2.3') as {
    openapi: string;
    paths: Record<string, Record<string, { responses: object }>>;
    components: { schemas: Record<string, unknown> };
  };
  expect(document.openapi).toBe('3.1.0');
  for (const { method, path } of routes) {
    expect(document.paths[path]?.[method.toLowerCase()]?.responses, `${method} ${path}`).toBeDefined();
  }
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(10);
  for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name!);
});
