/** What authentication, authorization and the token service refuse (`auth.md` 1 to 5, `beyond.md`). */
import { defineError, SluiceError } from '../error.ts';

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
export const addressNotAllowed = defineError(
  'address_not_allowed',
  403,
  'json',
  () => 'the token is not allowed from this address',
);

export const tokenNameExists = defineError(
  'token_name_exists',
  409,
  'text',
  (name: string) => `token name already exists, ${name}`,
);
export const tokenNameEmpty = defineError(
  'token_name_empty',
  400,
  'text',
  () => 'token name cannot be empty',
);
export const tokenNameInvalid = defineError(
  'token_name_invalid',
  400,
  'text',
  (reason: string) => `invalid token name, ${reason}`,
);
export const expiryTooLarge = defineError('expiry_too_large', 400, 'text', () => 'expiry_secs is too large');
/** `reason` is one of the texts of `auth.md` 2.4. */
export const permissionInvalid = defineError(
  'token_permission_invalid',
  400,
  'text',
  (reason: string) => `cannot parse token permission, ${reason}`,
);
export const cannotDeleteOperator = defineError(
  'cannot_delete_operator_token',
  405,
  'text',
  () => 'cannot delete operator token',
);
export const cannotChangeOperator = defineError(
  'cannot_change_operator_token',
  405,
  'text',
  () =>
    'cannot change name, permissions, expiry or derivation of the operator token; only regenerate or rotate it',
);
export const missingAdminToken = defineError(
  'missing_admin_token',
  500,
  'text',
  () => 'missing admin token, cannot update',
);
export const tokenLimitsInvalid = defineError(
  'token_limits_invalid',
  400,
  'text',
  (reason: string) => `invalid token limits, ${reason}`,
);
export const allowedCidrInvalid = defineError(
  'allowed_cidr_invalid',
  400,
  'text',
  (reason: string) => `invalid allowed_cidrs, ${reason}`,
);
export const descriptionTooLong = defineError(
  'token_description_too_long',
  400,
  'text',
  (limit: number) => `token description is longer than ${limit} characters, shorten it`,
);
export const graceInvalid = defineError(
  'rotation_grace_invalid',
  400,
  'text',
  (limit: number) => `grace_secs must be a whole number from 0 to ${limit}`,
);
export const childExceedsParent = defineError(
  'derived_token_exceeds_parent',
  403,
  'json',
  (what: string) => `a derived token cannot have more than its parent: ${what}`,
);
export const tokenCheckInvalid = defineError(
  'token_check_invalid',
  400,
  'text',
  (reason: string) => `invalid token check, ${reason}`,
);

/** Start-up stops with this; the command line puts `Serve command failed: ` before it. */
export const tokenFile = defineError('token_file', 500, 'text', (reason: string) => `Token error: ${reason}`);
export const declaredTokensInvalid = defineError(
  'declared_tokens_invalid',
  400,
  'text',
  (reason: string) => `invalid tokens file: ${reason}`,
);

function defineRetryLater<Args extends unknown[]>(code: string, message: (...args: Args) => string) {
  const factory = (retryAfterSecs: number, ...args: Args) =>
    new SluiceError({ code, status: 429, body: 'json', message: message(...args), retryAfterSecs });
  return Object.assign(factory, { code, status: 429 });
}

/** A limit that the token carries (B9); `field` is the one that was hit. */
export const tokenLimitExceeded = defineRetryLater(
  'token_limit_exceeded',
  (field: string) => `the token's limit ${field} is exceeded, try again later`,
);
/** Too many failed authentications from one address (B11). */
export const tooManyFailures = defineRetryLater(
  'too_many_authentication_failures',
  () => 'too many failed authentications from this address, try again later',
);
