/** `influxdb3 apply tokens`: makes the server's declared tokens match a file (`beyond.md` B13). */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseDeclaredTokens } from '../../tokens/declared-tokens.ts';
import { diskFileAccess } from '../../tokens/file-access.ts';
import { type CommonOptions, createClient, withConnection } from '../common-options.ts';
import type { Terminal } from '../output.ts';

export function addApplyTokens(program: Command, terminal: Terminal): void {
  const apply = program.command('apply').description('Make the server match a file');
  withConnection(apply.command('tokens'))
    .description(
      'Create, change and delete the tokens that files declare; tokens made by hand stay as they are',
    )
    .requiredOption('--file <FILE>', 'YAML or JSON with create_databases and tokens')
    .option('--dry-run', 'only print the plan')
    .action(async (options: CommonOptions & { file: string; dryRun?: boolean }) => {
      // Secrets are fetched here: a server must not read files or variables because a request says so.
      const declared = await parseDeclaredTokens(await readFile(options.file, 'utf8'), {
        environment: process.env,
        files: diskFileAccess,
      });
      const client = createClient(options);
      const response = await client.request({
        method: 'POST',
        path: '/api/v3/enterprise/configure/token/apply',
        query: { dry_run: String(options.dryRun === true) },
        json: {
          create_databases: declared.createDatabases,
          tokens: declared.tokens.map(({ expiryMs, allowedCidrs, ...token }) => ({
            ...token,
            expiry_millis: expiryMs,
            allowed_cidrs: allowedCidrs,
          })),
        },
      });
      client.close();
      const { plan } = JSON.parse(response.body.toString('utf8')) as { plan: string[] };
      terminal.out(plan.length === 0 ? 'Nothing to change\n' : plan.map((line) => `${line}\n`).join(''));
    });
}
