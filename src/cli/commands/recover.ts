/** `influxdb3 recover admin`: a new operator token for a server that is stopped (`beyond.md` B15). */
import type { Command } from 'commander';
import { systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { recoverAdmin } from '../../server/recover-admin.ts';
import type { Terminal } from '../output.ts';
import { printNewToken } from '../print-token.ts';

export function addRecover(program: Command, terminal: Terminal): void {
  const recover = program.command('recover').description('Regain access to a stopped server');
  recover
    .command('admin')
    .description('Replace the operator token in the data directory of a stopped server')
    .requiredOption('--data-dir <DIR>', 'the data directory of the server')
    .option('--format <FORMAT>', 'text or json', 'text')
    .action(async (options: { dataDir: string; format: 'text' | 'json' }) => {
      const parts = { clock: systemClock, random: systemRandom };
      printNewToken(terminal, options.format, await recoverAdmin(options.dataDir, parts));
    });
}
