/**
 * A new operator token without a running server (`beyond.md` B15). Who may write the data directory may do this:
 * the guard is the permission of its files. The audit log names the change.
 */
import { existsSync } from 'node:fs';
import { Authenticator } from '../auth/authenticator.ts';
import { createAuthorizer } from '../auth/authorizer.ts';
import { openSqliteCatalog } from '../catalog/sqlite/open.ts';
import { serverErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { RandomSource } from '../platform/random.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createTokenService } from '../tokens/create-token-service.ts';
import { OPERATOR_NAME } from '../tokens/validate.ts';
import { dataDirectory, lockDataDirectory } from './data-directory.ts';

/** Gives the new string; the old one is dead. Throws while a server runs on the directory. */
export async function recoverAdmin(
  dataDir: string,
  parts: { readonly clock: Clock; readonly random: RandomSource },
): Promise<string> {
  const { catalogFile } = dataDirectory(dataDir);
  if (!existsSync(catalogFile)) throw serverErrors.noDataDirectory(dataDir);
  const unlock = lockDataDirectory(dataDir);
  try {
    const catalog = await openSqliteCatalog({
      path: catalogFile,
      engine: null,
      logger: silentLogger,
      ...parts,
    });
    try {
      const tokens = createTokenService({
        catalog,
        authenticator: new Authenticator(parts),
        authorizer: createAuthorizer(),
        ...parts,
      });
      const caller = { requestId: 'recover-admin', client: null, principal: { kind: 'anonymous' } } as const;
      const exists = catalog.tokenByName(OPERATOR_NAME) !== undefined;
      const { token } = exists
        ? await tokens.regenerateOperator(caller)
        : await tokens.createOperator(caller);
      return token;
    } finally {
      await catalog.close();
    }
  } finally {
    unlock();
  }
}
