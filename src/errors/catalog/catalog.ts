import { defineError } from '../error.ts';

export const notFound = defineError(
  'not_found',
  404,
  'text',
  (what: string) => `the requested resource was not found: ${what}`,
);
export const alreadyExists = defineError(
  'already_exists',
  409,
  'text',
  () => 'attempted to create a resource that already exists',
);
