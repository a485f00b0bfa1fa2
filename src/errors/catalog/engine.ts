import { defineError } from '../error.ts';

export const engineUnavailable = defineError(
  'engine_unavailable',
  503,
  'text',
  () => 'the storage engine is not available, please try again later',
);
