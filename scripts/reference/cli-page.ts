/** `docs/reference/cli.md`, from the commands' own help. */
import type { Command } from 'commander';
import { CREATE_TOKEN_HELP } from '../../src/cli/commands/create-token-help.ts';
import type { Terminal } from '../../src/cli/output.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { serveHelp } from '../../src/server/serve-arguments.ts';

const nowhere: Terminal = {
  out() {},
  outBytes() {},
  err() {},
  outIsTerminal: false,
  errIsTerminal: false,
  inIsTerminal: false,
  readInput: async () => Buffer.alloc(0),
  readLine: async () => '',
};

export function cliPage(): string {
  const sections = leaves(buildProgram(nowhere)).map(
    ({ name, help }) => `## \`${name}\`\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`,
  );
  return [
    '# Command line',
    '',
    '`influxdb3` and `sluice` are the same program. Options win over environment variables, those over defaults. This page is generated: `npm run reference`.',
    '',
    ...sections,
  ].join('\n');
}

function leaves(command: Command, prefix = ''): { name: string; help: string }[] {
  const name = `${prefix}${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, `${name} `));
  if (name === 'influxdb3 create token') return [{ name, help: CREATE_TOKEN_HELP }];
  if (name === 'influxdb3 serve') return [{ name, help: serveHelp(true) }];
  command.configureHelp({ helpWidth: 100 });
  return [{ name, help: command.helpInformation() }];
}
