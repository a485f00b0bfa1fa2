import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import {
  type CommonOptions,
  createClient,
  databaseOption,
  formatOption,
  parseCount,
  parseList,
  withConnection,
} from '../common-options.ts';
import { CommandError } from '../errors.ts';
import type { Terminal } from '../output.ts';
import { checkOutput, type OutputOptions, writeResult } from '../query-output.ts';
import { parseSeconds } from '../token-fields.ts';

type ShowOptions = CommonOptions & OutputOptions;

const DEFAULT_ORDER: Record<string, string> = {
  last_caches: 'count',
  parquet_files: 'size_bytes',
  queries: 'end2end_duration',
  distinct_caches: 'max_cardinality',
};

export function addShow(program: Command, terminal: Terminal): Command {
  const show = program.command('show').description('List resources of a running server');
  const sub = (name: string, description: string) =>
    withConnection(show.command(name))
      .description(description)
      .addOption(formatOption())
      .option('-o, --output <FILE>', 'write the result to a file');

  sub('databases', 'List databases')
    .option('--show-deleted [BOOL]', 'list deleted databases too', (value: string) => value === 'true')
    .action(async (options: ShowOptions & { showDeleted?: boolean }) => {
      checkOutput(terminal, options);
      const client = createClient(options);
      const response = await client.request({
        method: 'GET',
        path: '/api/v3/configure/database',
        query: { format: options.format, show_deleted: String(options.showDeleted === true) },
      });
      client.close();
      writeResult(terminal, options, response);
    });

  sub('tokens', 'List tokens')
    .option('--usage', 'when, from where and how often each was used')
    .option('--unused-for <DURATION>', 'only those that were not used for so long, for example 90d')
    .action((options: ShowOptions & TokenFilter) =>
      runSql(terminal, options, '_internal', tokensSql(options)),
    );
  sub('self', 'Show what the token that you use may do').action(async (options: ShowOptions) => {
    const client = createClient(options);
    const response = await client.request({
      method: 'GET',
      path: '/api/v3/enterprise/configure/token/self',
    });
    client.close();
    terminal.out(JSON.stringify(JSON.parse(response.body.toString('utf8')), null, 2) + '\n');
  });
  sub('nodes', 'List nodes').action((options: ShowOptions) =>
    runSql(terminal, options, '_internal', 'select * from system.nodes'),
  );
  sub('plugins', 'List plugin files').action((options: ShowOptions) =>
    runSql(terminal, options, '_internal', 'SELECT * FROM system.plugin_files'),
  );
  sub('retention', 'List retention periods')
    .addOption(new Option('--database <NAME>', 'one database only'))
    .action((options: ShowOptions & { database?: string }) => {
      const where = options.database === undefined ? '' : ` AND database_name = ${quote(options.database)}`;
      return runSql(terminal, options, '_internal', retentionSql(where));
    });
  addSystem(show, terminal);
  return show;
}

function addSystem(show: Command, terminal: Terminal): void {
  const system = withConnection(show.command('system'))
    .alias('s')
    .description('Show system tables of a database')
    .addOption(new Option('-d, --database <NAME>', 'the name of the database'))
    .hook('preSubcommand', passOn);
  withConnection(system.command('table-list'))
    .addOption(databaseOption())
    .addOption(formatOption())
    .action((options: ShowOptions & { database: string }) =>
      runSql(
        terminal,
        options,
        options.database,
        "SELECT table_name, array_agg(column_name ORDER BY column_name) AS column_names FROM information_schema.columns WHERE table_schema = 'system' GROUP BY table_name ORDER BY table_name",
      ),
    );
  withConnection(system.command('table'))
    .argument('<NAME>')
    .addOption(databaseOption())
    .addOption(formatOption())
    .addOption(new Option('-l, --limit <N>', 'rows at most, 0 for all').argParser(parseCount).default(100))
    .addOption(new Option('-o, --order-by <COLUMNS>', 'columns to sort by').argParser(parseList))
    .addOption(new Option('-s, --select <COLUMNS>', 'columns to show').argParser(parseList))
    .action(
      async (
        name: string,
        options: ShowOptions & { database: string; limit: number; orderBy?: string[]; select?: string[] },
      ) => {
        const tables = await systemTables(options);
        if (!tables.includes(name)) {
          throw new CommandError(
            `system table '${name}' not found: please use a valid system table name: ${JSON.stringify(tables).replaceAll(',', ', ')}`,
          );
        }
        await runSql(terminal, options, options.database, systemSql(name, options));
      },
    );
  withConnection(system.command('summary'))
    .addOption(databaseOption())
    .addOption(formatOption())
    .addOption(
      new Option('-l, --limit <N>', 'rows of each table at most, 0 for all')
        .argParser(parseCount)
        .default(10),
    )
    .action(async (options: ShowOptions & { database: string; limit: number }) => {
      for (const name of await systemTables(options)) {
        terminal.out(`${name} summary:\n`);
        await runSql(terminal, options, options.database, systemSql(name, options));
      }
    });
}

/** Options may stand before the name of the subcommand, too. */
function passOn(command: Command, subcommand: Command): void {
  for (const [name, value] of Object.entries(command.opts())) {
    if (command.getOptionValueSource(name) === 'cli') subcommand.setOptionValueWithSource(name, value, 'cli');
  }
}

function systemSql(name: string, options: { limit: number; orderBy?: string[]; select?: string[] }): string {
  // Expressions, not only names: `--order-by 'end2end_duration DESC'`.
  const columns = options.select?.join(', ') ?? '*';
  const order = options.orderBy?.join(', ') ?? DEFAULT_ORDER[name];
  const sorted = order === undefined ? '' : ` ORDER BY ${order}`;
  const limited = options.limit === 0 ? '' : ` LIMIT ${options.limit}`;
  return `SELECT ${columns} FROM system.${quoteName(name)}${sorted}${limited}`;
}

async function systemTables(options: CommonOptions & { database: string }): Promise<string[]> {
  const client = createClient(options);
  const response = await postSql(
    client,
    options.database,
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'system' ORDER BY table_name",
    'json',
  );
  client.close();
  return (JSON.parse(response.body.toString('utf8')) as { table_name: string }[]).map(
    (row) => row.table_name,
  );
}

interface TokenFilter {
  readonly usage?: boolean;
  readonly unusedFor?: string;
}

function tokensSql({ usage, unusedFor }: TokenFilter): string {
  if (!usage && unusedFor === undefined) return 'select * from system.tokens';
  const seconds = unusedFor === undefined ? null : parseSeconds('--unused-for <DURATION>', unusedFor);
  // A token that was never used counts from its creation.
  const where =
    seconds === null
      ? ''
      : ` WHERE coalesce(last_used_at, created_at) < now() - INTERVAL '${seconds} seconds'`;
  return `SELECT token_id, name, created_at, last_used_at, last_used_from, last_used_by, use_count FROM system.tokens${where} ORDER BY token_id`;
}

/** From the largest on: the first that the period is a whole number of, or the last. */
const RETENTION_UNITS = [
  ['d', 86_400_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
] as const;

/** Divided as an unsigned integer, as the period is one: beside a signed one it would become a decimal. */
const retentionIn = (unit: string, ns: bigint): string =>
  `concat(CAST(retention_period_ns / CAST(${ns} AS BIGINT UNSIGNED) AS VARCHAR), '${unit}')`;

function retentionSql(where: string): string {
  const whole = RETENTION_UNITS.map(
    ([unit, ns]) => `WHEN retention_period_ns % ${ns} = 0 THEN ${retentionIn(unit, ns)} `,
  );
  return (
    "SELECT database_name, CASE WHEN retention_period_ns IS NULL THEN 'infinite' " +
    whole.join('') +
    `ELSE ${retentionIn('s', 1_000_000_000n)} END AS retention_period ` +
    `FROM system.databases WHERE deleted = false${where} ORDER BY database_name`
  );
}

async function runSql(terminal: Terminal, options: ShowOptions, db: string, q: string): Promise<void> {
  checkOutput(terminal, options);
  const client = createClient(options);
  const response = await postSql(client, db, q, options.format);
  client.close();
  writeResult(terminal, options, response);
}

function postSql(client: Client, db: string, q: string, format: string) {
  return client.request({ method: 'POST', path: '/api/v3/query_sql', json: { db, q, format } });
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;
