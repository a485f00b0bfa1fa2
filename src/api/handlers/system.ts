/** Health, ping, metrics, readiness (`http-api.md` 6). */
import { httpErrors } from '../../errors/index.ts';
import { jsonReply, textReply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { defineRoute, type Route, system } from '../route.ts';

const health = (path: string): Route =>
  defineRoute({
    method: 'GET',
    path,
    permission: system('health'),
    parse: () => undefined,
    handle: () => textReply(200, 'OK'),
  });

export const healthPlain = health('/health');
export const healthV1 = health('/api/v1/health');

const ping = (method: 'GET' | 'POST'): Route =>
  defineRoute({
    method,
    path: '/ping',
    permission: system('ping'),
    parse: () => undefined,
    handle: (_input, context) => {
      const { version, revision, processId } = context.dependencies.options;
      const body = { product_name: 'Sluice', version, revision, process_id: processId };
      const reply = jsonReply(200, body);
      const requestId = uuidV7(context);
      return {
        ...reply,
        headers: {
          ...reply.headers,
          'x-influxdb-version': version,
          'x-influxdb-build': 'Enterprise',
          'request-id': requestId,
          'x-request-id': requestId,
        },
      };
    },
  });

export const pingGet = ping('GET');
export const pingPost = ping('POST');

export const ready = defineRoute({
  method: 'GET',
  path: '/ready',
  permission: system('ready'),
  parse: () => undefined,
  handle: async (_input, context) => {
    const faults = await context.dependencies.faults();
    if (faults.length > 0) throw httpErrors.notReady(faults.join('; '));
    return { status: 200 };
  },
});

export const metrics = defineRoute({
  method: 'GET',
  path: '/metrics',
  permission: system('metrics'),
  parse: () => undefined,
  handle: async (_input, context) => ({
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: await context.dependencies.metrics.text(),
  }),
});

/** Sortable by time, as the reference's request ids are. */
function uuidV7({ dependencies: { clock, random } }: RequestContext): string {
  const bytes = random.bytes(16);
  bytes.writeUIntBE(clock.nowMs(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
