/** `influxdb3 create token`: asks the server, or makes the token offline, and prints it once. */
import { createClient } from '../common-options.ts';
import type { Terminal } from '../output.ts';
import { printNewToken } from '../print-token.ts';
import { permissionObject } from '../token-fields.ts';
import { type CreateTokenArguments, parseCreateToken } from './create-token-arguments.ts';
import { CREATE_TOKEN_HELP } from './create-token-help.ts';
import { createOfflineToken } from './create-token-offline.ts';

/** Runs the command; `help` is printed when it is asked for. */
export async function runCreateToken(args: readonly string[], terminal: Terminal): Promise<void> {
  if (args.some((argument) => ['-h', '--help', '--help-all'].includes(argument))) {
    terminal.out(CREATE_TOKEN_HELP);
    return;
  }
  const parsed = parseCreateToken(args);
  try {
    const token = parsed.offline
      ? await createOfflineToken(parsed, terminal)
      : await createOnline(parsed, terminal);
    printNewToken(terminal, parsed.format, token);
  } catch (error) {
    throw new TokenCreationFailed(describeFailure(error));
  }
}

/** Printed as `Failed to create token, error: …`; exit code 1 (`auth.md` 12.1 `[choice]`). */
export class TokenCreationFailed extends Error {
  override name = 'TokenCreationFailed';
}

async function createOnline(parsed: CreateTokenArguments, terminal: Terminal): Promise<string> {
  if (parsed.regenerate) {
    terminal.out("Are you sure you want to regenerate admin token? Enter 'yes' to confirm\n");
    if ((await terminal.readLine()).trim() !== 'yes') {
      throw new Error('Cannot regenerate token without confirmation');
    }
  }
  const client = createClient(parsed.connection);
  try {
    const response = await client.request({ method: 'POST', ...requestOf(parsed) });
    return (JSON.parse(response.body.toString('utf8')) as { token: string }).token;
  } finally {
    client.close();
  }
}

function requestOf(parsed: CreateTokenArguments): { path: string; json?: unknown } {
  if (!parsed.admin) {
    return {
      path: '/api/v3/enterprise/configure/token',
      json: {
        token_name: parsed.name,
        permissions: parsed.permissions.map(permissionObject),
        ...(parsed.expirySecs === undefined ? {} : { expiry_secs: parsed.expirySecs }),
        ...(parsed.description === undefined ? {} : { description: parsed.description }),
        ...(parsed.limits === undefined ? {} : { limits: parsed.limits }),
        ...(parsed.allowedCidrs === undefined ? {} : { allowed_cidrs: parsed.allowedCidrs }),
        ...(parsed.derive ? { derive: true } : {}),
      },
    };
  }
  if (parsed.regenerate) return { path: '/api/v3/configure/token/admin/regenerate' };
  if (parsed.name === undefined) return { path: '/api/v3/configure/token/admin' };
  return {
    path: '/api/v3/configure/token/named_admin',
    json: {
      token_name: parsed.name,
      ...(parsed.expirySecs === undefined ? {} : { expiry_secs: parsed.expirySecs }),
    },
  };
}

function describeFailure(error: unknown): string {
  if (error instanceof Error && error.name === 'ServerError') {
    const { status, serverMessage } = error as Error & { status: number; serverMessage: string };
    return `ApiError { code: ${status}, message: ${JSON.stringify(serverMessage)}, error_code: None }`;
  }
  if (error instanceof Error && error.name === 'ConnectionError') {
    return `RequestSend { ${error.message} }`;
  }
  return JSON.stringify(error instanceof Error ? error.message : String(error));
}
