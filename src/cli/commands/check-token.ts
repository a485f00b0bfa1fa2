/** `influxdb3 check token`: may it, why, and what it would need (`beyond.md` B5, B8). */
import type { Command } from 'commander';
import { checkChecksum } from '../../auth/token-string.ts';
import { askServer } from '../ask-server.ts';
import { type CommonOptions, withConnection } from '../common-options.ts';
import { ExitError, UsageError } from '../errors.ts';
import type { Terminal } from '../output.ts';

interface CheckOptions extends CommonOptions {
  readonly tokenName?: string;
  readonly secret?: string;
  readonly resource?: string;
  readonly action?: string;
  readonly offline?: string;
  readonly format: string;
}

interface Check {
  readonly allowed: boolean;
  readonly reason: string;
  readonly rule: string | null;
  readonly would_need: string | null;
}

export function addCheckToken(program: Command, terminal: Terminal): void {
  const check = program.command('check').description('Ask what a token may do');
  withConnection(check.command('token'))
    .description('Ask whether a token may do something; exit code 0 when it may, 1 when not')
    .option('--token-name <NAME>', 'the token by its name')
    .option('--secret <TOKEN>', 'the token by its string')
    .option('--resource <RESOURCE>', 'for example db:metrics, db:metrics/cpu, system:health, *:*')
    .option('--action <ACTION>', 'for example read, write, create, delete')
    .option('--offline <TOKEN>', 'tell, without a server, whether a string is a whole token')
    .option('--format <FORMAT>', 'text or json', 'text')
    .action((options: CheckOptions) =>
      options.offline === undefined ? ask(options, terminal) : checkOffline(options.offline, terminal),
    );
}

/** Only tokens made by Sluice carry a checksum; others work all the same. */
function checkOffline(token: string, terminal: Terminal): void {
  if (!checkChecksum(token)) {
    terminal.out('The string has no valid checksum: it was not made by Sluice, or it was altered\n');
    throw new ExitError(1);
  }
  terminal.out('The string is a whole token\n');
}

async function ask(options: CheckOptions, terminal: Terminal): Promise<void> {
  if ((options.tokenName === undefined) === (options.secret === undefined)) {
    throw new UsageError('give one of --token-name <NAME> and --secret <TOKEN>');
  }
  if (options.resource === undefined || options.action === undefined) {
    throw new UsageError('--resource <RESOURCE> and --action <ACTION> are required');
  }
  const check = (await askServer(options, {
    method: 'POST',
    path: '/api/v3/enterprise/configure/token/check',
    json: {
      ...(options.tokenName === undefined ? { token: options.secret } : { token_name: options.tokenName }),
      resource: options.resource,
      action: options.action,
    },
  })) as Check;
  terminal.out(options.format === 'json' ? JSON.stringify(check, null, 2) + '\n' : textOf(check));
  if (!check.allowed) throw new ExitError(1);
}

function textOf(check: Check): string {
  const lines = [check.allowed ? 'allowed' : 'refused', `reason: ${check.reason}`];
  if (check.rule !== null) lines.push(`rule: ${check.rule}`);
  if (check.would_need !== null) lines.push(`would need: ${check.would_need}`);
  return lines.join('\n') + '\n';
}
