/**
 * `--tokens-file` (`beyond.md` B13): read and applied at every start and on SIGHUP. Not to be called under
 * `--without-auth`.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { authErrors, SluiceError } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { SERVER_CALLER } from './change-context.ts';
import { type DeclaredTokens, parseDeclaredTokens } from './declared-tokens.ts';
import { diskFileAccess, type TokenFileAccess } from './file-access.ts';
import { applyDeclaredTokens, printPlan } from './reconcile-declared.ts';

export interface TokensFileOptions {
  readonly path: string;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where `token_env` is looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `start`, or `reload` for SIGHUP: names the cause in the audit log. */
  readonly cause: 'start' | 'reload';
  readonly files?: TokenFileAccess;
}

/**
 * Makes the catalog match the file; gives and logs the plan's lines. Throws `token_file` or
 * `declared_tokens_invalid`, and then nothing was changed: a start stops, a reload logs it and goes on.
 */
export async function applyTokensFile(options: TokensFileOptions): Promise<readonly string[]> {
  const { catalog, clock, logger, cause } = options;
  const declared = await readTokensFile(options);
  const caller = { ...SERVER_CALLER, requestId: cause };
  const steps = printPlan(await applyDeclaredTokens(declared, { catalog, clock, caller }));
  logger.info({ path: options.path, steps }, 'the tokens file is applied');
  return steps;
}

async function readTokensFile(options: TokensFileOptions): Promise<DeclaredTokens> {
  const { path, environment, files = diskFileAccess } = options;
  let text: string;
  try {
    const mode = await files.mode(path);
    if ((mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8);
      options.logger.warn(
        { path },
        `Tokens file has insecure permissions: ${octal}. Consider using chmod 0600.`,
      );
    }
    text = await files.read(path);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw authErrors.tokenFile(`Failed to read tokens file: ${reason}`);
  }
  return parseDeclaredTokens(text, { environment, files });
}
