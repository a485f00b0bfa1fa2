import { defineError } from '../error.ts';

export const malformedHeader = defineError(
  'authorization_header_malformed',
  400,
  'json',
  () =>
    "Authorization header was malformed, the request was not in the form of 'Authorization: <auth-scheme> <token>', supported auth-schemes are Bearer, Token and Basic",
);
export const unauthenticated = defineError(
  'unauthenticated',
  401,
  'json',
  () => 'the request was not authenticated',
);
export const forbidden = defineError(
  'forbidden',
  403,
  'json',
  () => 'unauthorized to perform requested action with the token',
);
export const tokenNameExists = defineError(
  'token_name_exists',
  409,
  'text',
  (name: string) => `token name already exists, ${name}`,
);
