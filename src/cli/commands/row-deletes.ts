/** `delete rows`, `show row_deletes`, `cancel row_delete` (`http-api.md` 12). */
import type { Command } from 'commander';
import { askServer } from '../ask-server.ts';
import { type CommonOptions, databaseOption, parseCount, withConnection } from '../common-options.ts';
import { confirmDeletion } from '../confirm.ts';
import { UsageError } from '../errors.ts';
import type { Terminal } from '../output.ts';

const PATH = '/api/v3/row_delete_requests';

interface DeleteRowsOptions extends CommonOptions {
  readonly database: string;
  readonly table: string;
  readonly minTime?: string;
  readonly maxTime?: string;
  readonly allTime?: boolean;
  readonly predicate?: string;
  readonly yes?: boolean;
}

export function addDeleteRows(parent: Command, terminal: Terminal): void {
  withConnection(parent.command('rows'))
    .description('Ask for rows to be deleted; they go a little later')
    .addOption(databaseOption())
    .requiredOption('-t, --table <NAME>', 'the table')
    .option('--min-time <TIME>', 'RFC 3339, inclusive')
    .option('--max-time <TIME>', 'RFC 3339, exclusive')
    .option('--all-time', 'rows of any time')
    .option('--predicate <PREDICATE>', "tags, for example host = 'a' AND region = 'eu'")
    .option('-y, --yes', 'do not ask')
    .action(async (options: DeleteRowsOptions) => {
      const isBounded = options.minTime !== undefined || options.maxTime !== undefined;
      if (!isBounded && !options.allTime) throw new UsageError('give --min-time, --max-time or --all-time');
      await confirmDeletion(
        terminal,
        `rows of "${options.database}"."${options.table}"`,
        options.yes === true,
      );
      const request = await askServer(options, {
        method: 'POST',
        path: PATH,
        json: {
          db: options.database,
          table: options.table,
          min_time: options.minTime,
          max_time: options.maxTime,
          delete_predicate: options.predicate,
          all_time: options.allTime === true,
        },
      });
      terminal.out(`Row delete ${(request as { sequence: number }).sequence} requested successfully\n`);
    });
}

export function addShowRowDeletes(show: Command, terminal: Terminal): void {
  withConnection(show.command('row_deletes'))
    .description('List requests to delete rows')
    .action(async (options: CommonOptions) => {
      const requests = await askServer(options, { method: 'GET', path: PATH });
      terminal.out(`${JSON.stringify(requests, null, 2)}\n`);
    });
}

export function addCancel(program: Command, terminal: Terminal): void {
  const cancel = program.command('cancel').description('Take a request back');
  withConnection(cancel.command('row_delete').alias('row-delete'))
    .description('Take a pending request to delete rows back')
    .argument('<SEQUENCE>', 'its number', parseCount)
    .option('--reason <TEXT>', 'why')
    .action(async (sequence: number, options: CommonOptions & { reason?: string }) => {
      await askServer(options, {
        method: 'POST',
        path: `${PATH}/${sequence}/abort`,
        json: { reason: options.reason },
      });
      terminal.out(`Row delete ${sequence} aborted successfully\n`);
    });
}
