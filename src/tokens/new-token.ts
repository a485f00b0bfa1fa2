import type { TokenOrigin, TokenRecord } from '../auth/token.ts';

/** A record for the catalog with every field that its maker does not care about at rest. */
export function newTokenRecord(
  fields: Pick<TokenRecord, 'name' | 'hash' | 'createdAtMs' | 'permissions'> & {
    readonly origin: TokenOrigin;
  } & Partial<Omit<TokenRecord, 'id'>>,
): Omit<TokenRecord, 'id'> {
  return {
    description: null,
    createdBy: null,
    updatedAtMs: null,
    updatedBy: null,
    expiryMs: null,
    limits: null,
    allowedCidrs: null,
    derive: false,
    parentId: null,
    previous: null,
    ...fields,
  };
}
