import type { TokenRecord } from '../auth/token.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { changeContext } from './change-context.ts';
import type { Caller } from './token-service.ts';

/**
 * Deletes a token and all that was derived from it. Children go first, so that a crash in between leaves no
 * child without a parent; one that is derived meanwhile is dead with its parent and is removed after it.
 */
export async function deleteTokenTree(
  parts: {
    readonly catalog: Catalog;
    readonly caller: Caller;
    /** Ids of the tokens derived directly from one. */
    readonly childIds: (id: number) => readonly number[];
  },
  token: TokenRecord,
): Promise<void> {
  const { catalog, caller, childIds } = parts;
  const deleteChildren = async () => {
    for (const id of childIds(token.id)) {
      const child = catalog.tokenById(id);
      if (child !== undefined) await deleteTokenTree(parts, child);
    }
  };
  await deleteChildren();
  await catalog.as(changeContext(caller, 'token.delete', token.name, null)).deleteToken(token.id);
  await deleteChildren();
}
