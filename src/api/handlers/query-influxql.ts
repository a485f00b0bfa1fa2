/** `/api/v3/query_influxql`: the statements that exist so far (`http-api.md` 4.4); any other is a clear 400. */
import type { DatabaseRecord } from '../../catalog/records.ts';
import { httpErrors } from '../../errors/index.ts';
import type { Reply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { defineRoute, type Permission } from '../route.ts';
import { goDuration, parseShow, policyName, type ShowStatement, splitStatements } from './influxql-show.ts';
import { listingReply, visibleDatabases } from './listing.ts';
import { type QueryInput, readQueryInput } from './query-input.ts';

interface Input extends QueryInput {
  readonly statement: ShowStatement;
}

const PERMISSION: Permission<Input> = {
  kind: 'requested',
  operations: ({ statement, database }, context) => {
    if (statement.kind === 'databases') return [{ kind: 'list_databases' }];
    if (statement.kind === 'retention_policies') {
      const name = statement.database ?? database;
      if (name === null) return [{ kind: 'list_databases' }];
      return [{ kind: 'database', database: context.database(name), action: 'describe' }];
    }
    if (database === null) return [{ kind: 'list_databases' }];
    return [{ kind: 'database', database: context.database(database), action: 'read' }];
  },
};

const influxql = (method: 'GET' | 'POST') =>
  defineRoute<Input>({
    method,
    path: '/api/v3/query_influxql',
    permission: PERMISSION,
    parse: readInput,
    handle: run,
  });

export const queryInfluxqlGet = influxql('GET');
export const queryInfluxqlPost = influxql('POST');

async function readInput(context: RequestContext): Promise<Input> {
  const input = await readQueryInput(context, false);
  const statements = splitStatements(input.text);
  if (statements.length > 1) throw httpErrors.influxqlManyStatements();
  return { ...input, statement: parseShow(statements[0] ?? '') };
}

function run({ statement, database, format }: Input, context: RequestContext): Reply {
  switch (statement.kind) {
    case 'databases': {
      const databases = visibleDatabases(context);
      return listingReply(
        [
          { name: 'iox::database', strings: databases.map(({ name }) => name) },
          { name: 'deleted', booleans: databases.map(({ deletedAtMs }) => deletedAtMs !== null) },
        ],
        format,
      );
    }
    case 'retention_policies': {
      const databases = policiesOf(statement.database ?? database, context);
      return listingReply(
        [
          { name: 'iox::database', strings: databases.map(({ name }) => name) },
          { name: 'name', strings: databases.map(({ name }) => policyName(name)) },
          { name: 'duration', strings: databases.map(({ retentionNs }) => goDuration(retentionNs)) },
        ],
        format,
      );
    }
    case 'other':
      if (database === null) throw httpErrors.influxqlDatabase();
      if (context.dependencies.catalog.database(database) === undefined) {
        throw httpErrors.queryDatabaseNotFound(database);
      }
      throw httpErrors.influxqlUnavailable();
  }
}

/** One database, or every live one that the caller may see. */
function policiesOf(name: string | null, context: RequestContext): readonly DatabaseRecord[] {
  if (name === null) return visibleDatabases(context).filter(({ deletedAtMs }) => deletedAtMs === null);
  const database = context.dependencies.catalog.database(name);
  if (database === undefined) throw httpErrors.queryDatabaseNotFound(name);
  return [database];
}
