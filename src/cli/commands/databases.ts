/** create | delete | update of databases, tables and caches. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ClientRequest } from '../../client/client.ts';
import {
  type CommonOptions,
  createClient,
  databaseOption,
  parseCount,
  parseList,
  withConnection,
} from '../common-options.ts';
import { confirmDeletion } from '../confirm.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Terminal } from '../output.ts';
import { parseSeconds } from '../token-fields.ts';

const FIELD_TYPES = ['utf8', 'int64', 'uint64', 'float64', 'bool'];

interface DatabaseScoped extends CommonOptions {
  readonly database: string;
}

export function addCreateResources(create: Command, terminal: Terminal): void {
  withConnection(create.command('database'))
    .description('Create a database')
    .argument('[NAME]', 'the name of the database', process.env.INFLUXDB3_DATABASE_NAME)
    .option('--retention-period <DURATION>', 'how long data is kept, for example 30d')
    .action(async (name: string | undefined, options: CommonOptions & { retentionPeriod?: string }) => {
      await send(options, {
        method: 'POST',
        path: '/api/v3/configure/database',
        json: { db: required(name, 'NAME'), retention_period: options.retentionPeriod },
      });
      terminal.out(`Database ${JSON.stringify(name)} created successfully\n`);
    });

  withConnection(create.command('table'))
    .description('Create a table')
    .argument('<NAME>')
    .addOption(databaseOption())
    .addOption(new Option('--tags <NAMES>', 'tag columns: a,b').argParser(parseList).default([]))
    .addOption(
      new Option('-f, --fields <FIELDS>', 'field columns: name:type,…').argParser(parseFields).default([]),
    )
    .option('--retention-period <DURATION>', 'how long data is kept')
    .action(
      async (
        table: string,
        options: DatabaseScoped & { tags: string[]; fields: object[]; retentionPeriod?: string },
      ) => {
        await send(options, {
          method: 'POST',
          path: '/api/v3/configure/table',
          json: {
            db: options.database,
            table,
            tags: options.tags,
            fields: options.fields,
            retention_period: options.retentionPeriod,
          },
        });
        terminal.out(`Table ${qualified(options.database, table)} created successfully\n`);
      },
    );
  addCreateCaches(create, terminal);
}

function addCreateCaches(create: Command, terminal: Terminal): void {
  withConnection(create.command('last_cache'))
    .description('Create a last value cache')
    .argument('[NAME]')
    .addOption(databaseOption())
    .requiredOption('-t, --table <TABLE>', 'the table')
    .addOption(new Option('--key-columns <NAMES>', 'key columns: a,b').argParser(parseList))
    .addOption(new Option('--value-columns <NAMES>', 'value columns: a,b').argParser(parseList))
    .addOption(new Option('--count <N>', 'values kept per key (default: 1)').argParser(parseCount))
    .addOption(
      new Option('--ttl <TIME>', 'how long a value is kept: 4h, or seconds (default: 4h)').argParser((text) =>
        parseAge('--ttl <TIME>', text),
      ),
    )
    .addOption(nodeSpecOption())
    .action((name: string | undefined, options) =>
      createCache(terminal, options, '/api/v3/configure/last_cache', {
        db: options.database,
        table: options.table,
        name,
        key_columns: options.keyColumns,
        value_columns: options.valueColumns,
        count: options.count,
        ttl: options.ttl,
        node_spec: options.nodeSpec,
      }),
    );
  withConnection(create.command('distinct_cache'))
    .description('Create a distinct value cache')
    .argument('[NAME]')
    .addOption(databaseOption())
    .requiredOption('-t, --table <TABLE>', 'the table')
    .addOption(new Option('--columns <NAMES>', 'columns: a,b').argParser(parseList).makeOptionMandatory())
    .addOption(new Option('--max-cardinality <N>', 'values kept (default: 100000)').argParser(parseCount))
    .addOption(
      new Option('--max-age <TIME>', 'how long a value is kept: 1d, or seconds (default: 1d)').argParser(
        (text) => parseAge('--max-age <TIME>', text),
      ),
    )
    .addOption(nodeSpecOption())
    .action((name: string | undefined, options) =>
      createCache(terminal, options, '/api/v3/configure/distinct_cache', {
        db: options.database,
        table: options.table,
        name,
        columns: options.columns,
        max_cardinality: options.maxCardinality,
        max_age: options.maxAge,
        node_spec: options.nodeSpec,
      }),
    );
}

/** Scripts for a cluster name the nodes that hold the cache; here there is one. */
function nodeSpecOption(): Option {
  return new Option('-n, --node-spec <SPEC>', 'nodes that hold the cache: all, or nodes:a,b').argParser(
    (text) => {
      if (text === 'all') return text;
      if (!/^nodes:[^,]+(,[^,]+)*$/.test(text))
        throw new InvalidArgumentError('unsupported node spec format');
      return { nodes: text.slice('nodes:'.length).split(',') };
    },
  );
}

/** A duration such as `4 hours`, or whole seconds. */
function parseAge(option: string, text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) : parseSeconds(option, text);
}

async function createCache(
  terminal: Terminal,
  options: CommonOptions,
  path: string,
  json: object,
): Promise<void> {
  const response = await send(options, { method: 'POST', path, json });
  if (response.status === 204) {
    terminal.out('a cache already exists for the provided parameters\n');
    return;
  }
  terminal.out(`new cache created: ${JSON.stringify(JSON.parse(response.body.toString('utf8')), null, 2)}\n`);
}

export function addDeleteResources(parent: Command, terminal: Terminal): void {
  withConnection(parent.command('database'))
    .description('Delete a database')
    .argument('<NAME>')
    .option('--hard-delete <WHEN>', 'never, now, default or an RFC 3339 time')
    .option('--data-only', 'delete the data, keep the schema')
    .option('--remove-tables', 'with --data-only: remove the tables too')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, options) => {
      await confirmDeletion(terminal, JSON.stringify(name), options.yes === true);
      await send(options, {
        method: 'DELETE',
        path: '/api/v3/configure/database',
        query: {
          db: name,
          hard_delete_at: options.hardDelete,
          data_only: options.dataOnly ? 'true' : undefined,
          remove_tables: options.removeTables ? 'true' : undefined,
        },
      });
      terminal.out(`Database ${JSON.stringify(name)} deleted successfully\n`);
    });

  withConnection(parent.command('table'))
    .description('Delete a table')
    .argument('<NAME>')
    .addOption(databaseOption())
    .option('--hard-delete <WHEN>', 'never, now, default or an RFC 3339 time')
    .option('--data-only', 'delete the data, keep the schema')
    .option('-y, --yes', 'do not ask')
    .action(async (table: string, options) => {
      const what = qualified(options.database, table);
      await confirmDeletion(terminal, what, options.yes === true);
      await send(options, {
        method: 'DELETE',
        path: '/api/v3/configure/table',
        query: {
          db: options.database,
          table,
          hard_delete_at: options.hardDelete,
          data_only: options.dataOnly ? 'true' : undefined,
        },
      });
      terminal.out(`Table ${what} deleted successfully\n`);
    });

  for (const kind of ['last', 'distinct'] as const) {
    withConnection(parent.command(`${kind}_cache`))
      .description(`Delete a ${kind} value cache`)
      .argument('<NAME>')
      .addOption(databaseOption())
      .requiredOption('-t, --table <TABLE>', 'the table')
      .action(async (name: string, options: DatabaseScoped & { table: string }) => {
        await send(options, {
          method: 'DELETE',
          path: `/api/v3/configure/${kind}_cache`,
          query: { db: options.database, table: options.table, name },
        });
        terminal.out(`${kind} cache deleted successfully\n`);
      });
  }
}

export function addUpdateResources(parent: Command, terminal: Terminal): void {
  withConnection(parent.command('database'))
    .description('Update a database')
    .addOption(databaseOption())
    .option('-r, --retention-period <DURATION>', 'how long data is kept, or none')
    .action(async (options: DatabaseScoped & { retentionPeriod?: string }) => {
      if (options.retentionPeriod === undefined) {
        throw new CommandError('--retention-period is required for update database');
      }
      await send(options, {
        method: 'PUT',
        path: '/api/v3/configure/database',
        json: { db: options.database, retention_period: noneToNull(options.retentionPeriod) },
      });
      terminal.out(`Database ${JSON.stringify(options.database)} updated successfully\n`);
    });
  withConnection(parent.command('table'))
    .description('Update a table')
    .argument('<NAME>')
    .addOption(databaseOption())
    .requiredOption('-r, --retention-period <DURATION>', 'how long data is kept, or none')
    .action(async (table: string, options: DatabaseScoped & { retentionPeriod: string }) => {
      await send(options, {
        method: 'PUT',
        path: '/api/v3/configure/table',
        json: { db: options.database, table, retention_period: noneToNull(options.retentionPeriod) },
      });
      terminal.out(`Table ${qualified(options.database, table)} updated successfully\n`);
    });
}

async function send(options: CommonOptions, request: ClientRequest) {
  const client = createClient(options);
  try {
    return await client.request(request);
  } finally {
    client.close();
  }
}

const noneToNull = (period: string) => (period === 'none' ? null : period);
const qualified = (database: string, table: string) => `${JSON.stringify(database)}.${JSON.stringify(table)}`;

function required(value: string | undefined, name: string): string {
  if (value === undefined) {
    throw new UsageError(`the following required arguments were not provided:\n  <${name}>`);
  }
  return value;
}

function parseFields(value: string): { name: string; type: string }[] {
  return parseList(value).map((item) => {
    const at = item.lastIndexOf(':');
    const type = item.slice(at + 1);
    if (at <= 0 || !FIELD_TYPES.includes(type)) {
      throw new InvalidArgumentError(`expected name:type with a type of ${FIELD_TYPES.join(', ')}: ${item}`);
    }
    return { name: item.slice(0, at), type };
  });
}
