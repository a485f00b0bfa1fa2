import { defineError } from '../error.ts';

/** `message` is the DataFusion-like text after the prefix. */
export const planning = defineError(
  'query_planning',
  400,
  'text',
  (message: string) => `Error during planning: ${message}`,
);
