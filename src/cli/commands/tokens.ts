import type { Command } from 'commander';
import { type CommonOptions, createClient, withConnection } from '../common-options.ts';
import { confirmDeletion } from '../confirm.ts';
import type { Terminal } from '../output.ts';
import { runCreateToken } from './create-token.ts';

export function addCreateToken(create: Command, terminal: Terminal): void {
  create
    .command('token')
    .description('Create an admin token (--admin) or a resource token (--permission)')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[ARGS...]')
    .action((_args: string[], _options: object, command: Command) => runCreateToken(command.args, terminal));
}

export function addDeleteToken(parent: Command, terminal: Terminal): void {
  withConnection(parent.command('token'))
    .description('Delete a token')
    .requiredOption('--token-name <NAME>', 'the name of the token')
    .option('-y, --yes', 'do not ask')
    .action(async (options: CommonOptions & { tokenName: string; yes?: boolean }) => {
      if (options.tokenName === '_admin') {
        terminal.out(
          'The operator token "_admin" is required and cannot be deleted. To regenerate an operator token, use: ' +
            'influxdb3 create token --admin --regenerate --token [TOKEN]\n',
        );
        return;
      }
      const name = JSON.stringify(options.tokenName);
      await confirmDeletion(terminal, name, options.yes === true);
      const client = createClient(options);
      await client.request({
        method: 'DELETE',
        path: '/api/v3/configure/token',
        query: { token_name: options.tokenName },
      });
      client.close();
      terminal.out(`Token ${name} deleted successfully\n`);
    });
}
