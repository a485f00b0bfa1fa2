/** `--offline`: a token made without a server, saved in the file that `serve` reads (`auth.md` 12.2, 12.4). */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { generateToken } from '../../auth/token-string.ts';
import { systemRandom } from '../../platform/random.ts';
import type { Terminal } from '../output.ts';
import type { CreateTokenArguments } from './create-token-arguments.ts';

interface PermissionTokensFile {
  create_databases?: string[];
  tokens: { token: string; name: string; expiry_millis?: number; permissions: readonly string[] }[];
}

/** Writes the file and gives the token's string, which is printed too. */
export async function createOfflineToken(parsed: CreateTokenArguments, terminal: Terminal): Promise<string> {
  const path = parsed.outputFile!;
  const token = generateToken(systemRandom);
  const expiryMillis = parsed.expirySecs === undefined ? undefined : Date.now() + parsed.expirySecs * 1000;
  const content = parsed.admin
    ? adminFile(parsed, token, expiryMillis)
    : permissionFile(parsed, token, expiryMillis);
  writeAtomically(path, JSON.stringify(content, null, 2) + '\n');
  terminal.out(`Token saved to: ${path}\n`);
  return token;
}

function adminFile(parsed: CreateTokenArguments, token: string, expiryMillis: number | undefined): object {
  const name = parsed.name ?? '_admin';
  // The operator token never expires, whatever was asked.
  const expires = expiryMillis !== undefined && name !== '_admin';
  return { token, name, ...(expires ? { expiry_millis: expiryMillis } : {}) };
}

function permissionFile(
  parsed: CreateTokenArguments,
  token: string,
  expiryMillis: number | undefined,
): PermissionTokensFile {
  const existing = readIfPresent(parsed.outputFile!);
  const file: PermissionTokensFile = existing === undefined ? { tokens: [] } : JSON.parse(existing);
  if (!Array.isArray(file.tokens)) throw new Error(`${parsed.outputFile} is not a permission tokens file`);
  if (file.tokens.some((entry) => entry.name === parsed.name)) {
    throw new Error(`token name already exists in ${parsed.outputFile}, ${parsed.name}`);
  }
  const databases = [...new Set([...(file.create_databases ?? []), ...parsed.createDatabases])];
  return {
    ...(databases.length === 0 ? {} : { create_databases: databases }),
    tokens: [
      ...file.tokens,
      {
        token,
        name: parsed.name!,
        ...(expiryMillis === undefined ? {} : { expiry_millis: expiryMillis }),
        permissions: parsed.permissions,
      },
    ],
  };
}

/** A reader sees the old file or the new one, never half of it; only the owner can read it. */
function writeAtomically(path: string, content: string): void {
  const name = basename(path);
  if (name === '') throw new Error('Invalid file name');
  const temporary = join(dirname(path), `.${name}.tmp`);
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      writeSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
