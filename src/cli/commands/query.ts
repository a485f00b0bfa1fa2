import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import {
  type CommonOptions,
  createClient,
  databaseOption,
  formatOption,
  withConnection,
} from '../common-options.ts';
import { CommandError } from '../errors.ts';
import type { Terminal } from '../output.ts';
import { checkOutput, writeResult } from '../query-output.ts';

interface QueryOptions extends CommonOptions {
  readonly database: string;
  readonly language: 'sql' | 'influxql';
  readonly format: string;
  readonly output?: string;
  readonly file?: string;
  readonly queryHost?: string;
}

export function addQuery(program: Command, terminal: Terminal): void {
  withConnection(program.command('query').alias('q'))
    .description('Query data in a running server')
    .argument('[QUERY]', 'the query; else --file, else standard input')
    .addOption(databaseOption())
    .addOption(
      new Option('-l, --language <LANGUAGE>', 'language of the query')
        .choices(['sql', 'influxql'])
        .default('sql'),
    )
    .addOption(formatOption())
    .option('-o, --output <FILE>', 'write the result to a file')
    .option('-f, --file <FILE>', 'read the query from a file')
    .addOption(new Option('--query-host <URL>', 'overrides --host').env('INFLUXDB3_QUERY_HOST_URL'))
    .action(async (text: string | undefined, options: QueryOptions) => {
      checkOutput(terminal, options);
      const client = createClient({ ...options, host: options.queryHost ?? options.host });
      const q = await queryText(terminal, text, options.file);
      const path = options.language === 'sql' ? '/api/v3/query_sql' : '/api/v3/query_influxql';
      const response = await client.request({
        method: 'POST',
        path,
        json: { db: options.database, q, format: options.format },
      });
      client.close();
      writeResult(terminal, options, response);
    });
}

async function queryText(
  terminal: Terminal,
  argument: string | undefined,
  file: string | undefined,
): Promise<string> {
  if (argument !== undefined) return argument;
  if (file !== undefined) return readFileSync(file, 'utf8');
  if (terminal.inIsTerminal) {
    throw new CommandError(
      'No input from stdin detected, no string was passed in,  and no file path was given',
    );
  }
  return (await terminal.readInput()).toString('utf8');
}
