/** The command tree: names, help, and which file answers. */
import { Command, Option } from 'commander';
import { addApplyTokens } from './commands/apply-tokens.ts';
import { addAudit } from './commands/audit.ts';
import { addCheckToken } from './commands/check-token.ts';
import { addCreateResources, addDeleteResources, addUpdateResources } from './commands/databases.ts';
import { addQuery } from './commands/query.ts';
import { addRecover } from './commands/recover.ts';
import { addRepair } from './commands/repair.ts';
import { addCancel, addDeleteRows, addShowRowDeletes } from './commands/row-deletes.ts';
import { addServe } from './commands/serve.ts';
import { addShow } from './commands/show.ts';
import { addDerive, addRotate, addUpdateToken } from './commands/token-changes.ts';
import { addCreateToken, addDeleteToken } from './commands/tokens.ts';
import { addWrite } from './commands/write.ts';
import { ExitError } from './errors.ts';
import type { Terminal } from './output.ts';
import { usageText } from './usage-text.ts';
import { versionText } from './version.ts';

/** InfluxDB's own threads for I/O, which may be tuned before the command: accepted, and without effect. */
const TUNING = [
  '--num-io-threads <N>',
  '--num-threads <N>',
  '--io-runtime-type <TYPE>',
  '--io-runtime-disable-lifo-slot [BOOLEAN]',
  '--io-runtime-event-interval <N>',
  '--io-runtime-global-queue-interval <N>',
  '--io-runtime-max-blocking-threads <N>',
  '--io-runtime-max-io-events-per-tick <N>',
  '--io-runtime-thread-keep-alive <DURATION>',
  '--io-runtime-thread-priority <N>',
];

export function buildProgram(terminal: Terminal): Command {
  const program = new Command('influxdb3')
    .description('Sluice: a time series database that speaks InfluxDB 3')
    .option('-V, --version', 'output the version number')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: (text, write) => write(usageText(text)),
    });
  program.addOption(new Option('--help-all').hideHelp());
  program.on('option:help-all', () => program.help());
  for (const flags of TUNING) program.addOption(new Option(flags).hideHelp());
  program.on('option:version', () => {
    terminal.out(`${versionText()}\n`);
    throw new ExitError(0);
  });
  addServe(program);
  addQuery(program, terminal);
  addWrite(program, terminal);
  const create = program.command('create').description('Create databases, tables, caches and tokens');
  addCreateResources(create, terminal);
  addCreateToken(create, terminal);
  addShowRowDeletes(addShow(program, terminal), terminal);
  const remove = program.command('delete').description('Delete databases, tables, caches and tokens');
  addDeleteResources(remove, terminal);
  addDeleteToken(remove, terminal);
  addDeleteRows(remove, terminal);
  const update = program.command('update').description('Update databases, tables and tokens');
  addUpdateResources(update, terminal);
  addUpdateToken(update, terminal);
  addRotate(program, terminal);
  addDerive(program, terminal);
  addCheckToken(program, terminal);
  addApplyTokens(program, terminal);
  addAudit(program, terminal);
  addCancel(program, terminal);
  addRecover(program, terminal);
  addRepair(program, terminal);
  return program;
}
