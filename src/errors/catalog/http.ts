import { defineError } from '../error.ts';

export const routeNotFound = defineError('route_not_found', 404, 'text', () => 'Not found');
export const payloadTooLarge = defineError(
  'payload_too_large',
  413,
  'text',
  (limit: number) => `max request size (${limit} bytes) exceeded`,
);
