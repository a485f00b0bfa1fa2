import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { systemRandom } from '../platform/random.ts';
import type { ApiDependencies } from './dependencies.ts';
import { QueryGate } from './query-gate.ts';
import { RequestContext } from './request-context.ts';

/** Only what the constructor looks at. */
function contextOf(url: string): RequestContext {
  const dependencies = { random: systemRandom } as unknown as ApiDependencies;
  const request = { method: 'GET', url } as IncomingMessage;
  return new RequestContext(dependencies, request, {} as ServerResponse, '192.0.2.1', new QueryGate(null));
}

test('before authentication there is nobody, and nobody may do nothing', () => {
  const context = contextOf('/health');
  expect(() => context.principal).toThrow('the request was not authenticated');
  expect(() => context.caller).toThrow('the request was not authenticated');
  expect(context.token).toBeNull();
});

test.each([
  ['/a?b=c', '/a', 'b=c'],
  ['/a', '/a', null],
  ['/a?', '/a', ''],
  ['/a?b?c', '/a', 'b?c'],
  // A proxy's spelling of a target.
  ['http://host:1/a?b', '/a', 'b'],
  // Nothing is decoded or tidied up, so no second spelling reaches a route.
  ['//health', '//health', null],
  ['/%68ealth', '/%68ealth', null],
  ['/x/../health', '/x/../health', null],
])('the target %s', (url, path, search) => {
  const context = contextOf(url);
  expect([context.path, context.search]).toEqual([path, search]);
});
