/** `influxdb3 repair wal`: lets a server with a damaged write-ahead log start again. */
import type { Command } from 'commander';
import type { RepairReport } from '../../ingest/wal/repair.ts';
import { repairDataDirectoryLog } from '../../server/repair-log.ts';
import { CommandError } from '../errors.ts';
import type { Terminal } from '../output.ts';

export function addRepair(program: Command, terminal: Terminal): void {
  const repair = program.command('repair').description('Repair the files of a stopped server');
  repair
    .command('wal')
    .description('Keep what can be read of a damaged write-ahead log, and report what is lost')
    .requiredOption('--data-dir <DIR>', 'the data directory of the server')
    .option('--yes', 'do not ask before the log is changed')
    .action(async (options: { dataDir: string; yes?: boolean }) => {
      const report = await repairDataDirectoryLog(options.dataDir, async (survey) => {
        terminal.out(describe(survey));
        if (options.yes !== true) await confirm(terminal);
      });
      if (report === undefined) {
        terminal.out('The write-ahead log is not damaged, nothing was changed\n');
        return;
      }
      terminal.out(
        `Repaired. Damaged files were kept as:\n${report.setAside.map((path) => `  ${path}\n`).join('')}`,
      );
    });
}

function describe(survey: RepairReport): string {
  const places = survey.damages.map(({ file, offset, bytes, records }) => {
    return `  ${file} at byte ${offset}: ${bytes} bytes, ${amount(records)}\n`;
  });
  return [
    'The write-ahead log is damaged:\n',
    ...places,
    `Lost: ${survey.bytesLost} bytes, ${amount(survey.recordsLost)}\n`,
    `Kept: ${survey.recordsKept} records\n`,
  ].join('');
}

/** At the very end of a log nobody can say how many records there were. */
function amount(records: number): string {
  return records === 0 ? 'an unknown number of records' : `${records} record${records === 1 ? '' : 's'}`;
}

async function confirm(terminal: Terminal): Promise<void> {
  terminal.err("Repair it, and give up what is lost? Enter 'yes' or 'y' to confirm\n");
  const answer = (await terminal.readLine()).trim().toLowerCase();
  if (answer !== 'yes' && answer !== 'y') throw new CommandError('Cannot proceed without confirmation');
}
