/** The OpenAPI document, made from the route table and the descriptions; a test keeps the two complete. */
import { configureOperations } from './configure-operations.ts';
import { dataOperations } from './data-operations.ts';
import type { Content, OperationDescription } from './schema.ts';
import { object, reference, string } from './schema.ts';
import { tokenOperations, tokenSchemas } from './token-operations.ts';

/** By method and path, as in the route table. */
export const operationDescriptions: Readonly<Record<string, OperationDescription>> = {
  ...dataOperations,
  ...configureOperations,
  ...tokenOperations,
};

/** What every route may answer besides its success. */
const FAILURES: Readonly<Record<string, string>> = {
  400: 'The request is wrong; the text says how',
  401: 'No valid token came with the request',
  403: 'The token does not reach so far',
  429: 'A limit is reached; `Retry-After` says when to come back',
};

interface RouteName {
  readonly method: string;
  readonly path: string;
}

/** The whole document. `routes` decides what is in it. */
export function openApiDocument(routes: readonly RouteName[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path } of routes) {
    const description = operationDescriptions[`${method} ${path}`];
    if (description === undefined) throw new Error(`no description of ${method} ${path}`);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(description) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sluice', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Also `Token` and `Basic` with the token as password.',
        },
      },
      schemas: { ...tokenSchemas, Error: object({ error: string, 'data?': {} }) },
    },
  };
}

function operation({ tag, summary, parameters, body, status, reply }: OperationDescription): object {
  const failures = Object.entries(FAILURES).map(([code, description]) => [
    code,
    {
      description,
      headers: { 'sluice-error-code': { description: 'Stable code of the failure', schema: string } },
      content: { 'application/json': { schema: reference('Error') }, 'text/plain': { schema: string } },
    },
  ]);
  return {
    tags: [tag],
    summary,
    ...(parameters && parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { content: body satisfies Content } }),
    responses: {
      [status]: { description: 'Done', ...(reply && { content: reply }) },
      ...Object.fromEntries(failures),
    },
  };
}
