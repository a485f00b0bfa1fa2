/** Changes of existing tokens: `update token`, `rotate token`, `derive token` (`beyond.md` B2, B3, B7). */
import { type Command, Option } from 'commander';
import { askServer } from '../ask-server.ts';
import { type CommonOptions, withConnection } from '../common-options.ts';
import { UsageError } from '../errors.ts';
import type { Terminal } from '../output.ts';
import { printNewToken } from '../print-token.ts';
import {
  checkPermissionText,
  collectValues,
  parseLimits,
  parseSeconds,
  permissionObject,
} from '../token-fields.ts';

const TOKEN_PATH = '/api/v3/enterprise/configure/token';

interface TokenFieldOptions extends CommonOptions {
  readonly permission?: string[];
  readonly expiry?: string;
  readonly description?: string;
  readonly limit?: string[];
  readonly allowedCidr?: string[];
}

type PrintOptions = CommonOptions & { readonly format: 'text' | 'json' };

/** The options that both making and changing a token have. */
function withTokenFields(command: Command): Command {
  return withConnection(command)
    .option(
      '--permission <PERMISSION>',
      'RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS, may be repeated',
      collectValues,
    )
    .option('--expiry <DURATION>', 'lifetime from now, for example 7d')
    .option('--description <TEXT>', 'what the token is for')
    .option('--limit <NAME=NUMBER>', 'for example requests_per_sec=50, may be repeated', collectValues)
    .option('--allowed-cidr <CIDR>', 'where the token works from, may be repeated', collectValues);
}

function withPrintFormat(command: Command): Command {
  return command.addOption(
    new Option('--format <FORMAT>', 'output format').choices(['text', 'json']).default('text'),
  );
}

/** Only what was given; what is absent stays as it is on the server. */
function tokenFields(options: TokenFieldOptions): Record<string, unknown> {
  const limits = parseLimits(options.limit ?? []);
  return {
    ...(options.permission && {
      permissions: options.permission.map(checkPermissionText).map(permissionObject),
    }),
    ...(options.expiry !== undefined && {
      expiry_secs: options.expiry === 'never' ? null : parseSeconds('--expiry <DURATION>', options.expiry),
    }),
    ...(options.description !== undefined && { description: options.description }),
    ...(limits && { limits }),
    ...(options.allowedCidr && { allowed_cidrs: options.allowedCidr }),
  };
}

export function addUpdateToken(update: Command, terminal: Terminal): void {
  withTokenFields(update.command('token'))
    .description('Change a token; the change holds from the next request')
    .requiredOption('--token-name <NAME>', 'the name of the token')
    .option('--new-name <NAME>', 'a new name')
    .option('--no-limits', 'remove all limits')
    .option('--any-address', 'remove the list of allowed addresses')
    .addHelpText('after', '\n--expiry never removes the expiry.\n')
    .action(
      async (
        options: TokenFieldOptions & {
          tokenName: string;
          newName?: string;
          limits: boolean;
          anyAddress?: boolean;
        },
      ) => {
        const change = {
          ...tokenFields(options),
          ...(options.newName !== undefined && { new_name: options.newName }),
          ...(!options.limits && { limits: null }),
          ...(options.anyAddress && { allowed_cidrs: null }),
        };
        if (Object.keys(change).length === 0) throw new UsageError('nothing to change was given');
        await askServer(options, {
          method: 'PATCH',
          path: TOKEN_PATH,
          query: { token_name: options.tokenName },
          json: change,
        });
        terminal.out(`Token ${JSON.stringify(options.newName ?? options.tokenName)} updated successfully\n`);
      },
    );
}

export function addRotate(program: Command, terminal: Terminal): void {
  const rotate = program.command('rotate').description('Give a token a new string');
  withPrintFormat(withConnection(rotate.command('token')))
    .description('Make a new string for a token; the old one works until the grace ends')
    .requiredOption('--token-name <NAME>', 'the name of the token')
    .option('--grace <DURATION>', 'how long the old string still works', '24h')
    .action(async (options: PrintOptions & { tokenName: string; grace: string }) => {
      const reply = await askServer(options, {
        method: 'POST',
        path: `${TOKEN_PATH}/rotate`,
        json: {
          token_name: options.tokenName,
          grace_secs: parseSeconds('--grace <DURATION>', options.grace),
        },
      });
      printNewToken(terminal, options.format, (reply as { token: string }).token);
    });
}

export function addDerive(program: Command, terminal: Terminal): void {
  const derive = program.command('derive').description('Make a child of the token that you use');
  withPrintFormat(withTokenFields(derive.command('token')))
    .description('Make a child token that can do no more than its parent and dies with it')
    .requiredOption('--name <NAME>', 'a unique name')
    .action(async (options: PrintOptions & TokenFieldOptions & { name: string }) => {
      if (!options.permission) throw new UsageError('at least one --permission <PERMISSION> is required');
      const reply = await askServer(options, {
        method: 'POST',
        path: `${TOKEN_PATH}/derive`,
        json: { token_name: options.name, ...tokenFields(options) },
      });
      printNewToken(terminal, options.format, (reply as { token: string }).token);
    });
}
