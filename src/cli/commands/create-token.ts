/** `influxdb3 create token`: asks the server, or makes the token offline, and prints it once. */
import { createClient } from '../common-options.ts';
import { styled, type Terminal } from '../output.ts';
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
    printToken(terminal, parsed.format, token);
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

/** Type before the first colon, actions after the last, names between (`auth.md` 2.3). */
function permissionObject(permission: string): object {
  const first = permission.indexOf(':');
  const last = permission.lastIndexOf(':');
  return {
    resource_type: permission.slice(0, first),
    resource_names: splitNames(permission.slice(first + 1, last)),
    actions: permission.slice(last + 1).split(','),
  };
}

/** Commas inside a row filter's brackets belong to the filter. */
function splitNames(names: string): string[] {
  return names.split(/,(?![^[]*\])/);
}

function printToken(terminal: Terminal, format: 'text' | 'json', token: string): void {
  const header = `Authorization: Bearer ${token}`;
  if (format === 'json') {
    const help_msg = `Store this token securely, as it will not be shown again. HTTP requests require the following header: "${header}"`;
    terminal.out(JSON.stringify({ help_msg, token }, null, 2) + '\n');
    return;
  }
  const colour = terminal.outIsTerminal;
  terminal.out(
    `\n${styled(colour, 'New token created successfully!', 'underline')}\n\n` +
      `${styled(colour, 'Token:', 'bold')} ${token}\n` +
      `${styled(colour, 'HTTP Requests Header:', 'bold')} ${header}\n\n` +
      `${styled(colour, 'IMPORTANT:', 'red', 'bold')} Store this token securely, as it will not be shown again.\n\n`,
  );
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
