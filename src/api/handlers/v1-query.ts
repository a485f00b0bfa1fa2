/** v1 `/query` (`http-api.md` 5): the statements that exist so far; others fail per statement, with status 200. */
import type { Operation } from '../../auth/operation.ts';
import { authErrors, httpErrors, type SluiceError } from '../../errors/index.ts';
import { errorReply, JSON_TYPE, type Reply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { defineRoute, type Permission } from '../route.ts';
import { goDuration, parseShow, type ShowStatement, splitStatements } from './influxql-show.ts';
import { visibleDatabases } from './listing.ts';
import { readV1Query, type V1QueryInput } from './v1-query-input.ts';

interface Input extends V1QueryInput {
  readonly statements: readonly ShowStatement[];
}

interface Series {
  readonly name: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | boolean)[])[];
}

interface StatementResult {
  readonly statement_id: number;
  readonly series?: readonly Series[];
  readonly error?: string;
}

/** Every statement must be allowed. A text without statements needs a valid token only: it does nothing. */
const PERMISSION: Permission<Input> = {
  kind: 'requested',
  operations: ({ statements, database }, context) =>
    statements.length === 0
      ? [{ kind: 'authenticated' }]
      : statements.map((statement) => operation(statement, database, context)),
};

function operation(statement: ShowStatement, database: string | null, context: RequestContext): Operation {
  if (statement.kind === 'databases') return { kind: 'list_databases' };
  const name = (statement.kind === 'retention_policies' ? statement.database : null) ?? database;
  if (name === null) return { kind: 'list_databases' };
  const action = statement.kind === 'other' ? 'read' : 'describe';
  return { kind: 'database', database: context.database(name), action };
}

const v1Query = (method: 'GET' | 'POST') =>
  defineRoute<Input>({
    method,
    path: '/query',
    permission: PERMISSION,
    parse: async (context) => {
      const input = await readV1Query(context);
      return { ...input, statements: splitStatements(input.text).map(parseShow) };
    },
    handle: run,
    renderError: (error: SluiceError) =>
      // The reason of a refusal is hidden on purpose, as in the reference.
      errorReply(error.code === authErrors.forbidden.code ? httpErrors.unauthorizedAccess() : error),
  });

export const v1QueryGet = v1Query('GET');
export const v1QueryPost = v1Query('POST');

function run(input: Input, context: RequestContext): Reply {
  const results = input.statements.map((statement, index): StatementResult => {
    const outcome = runStatement(statement, input.database, context);
    return typeof outcome === 'string'
      ? { statement_id: index, error: outcome }
      : { statement_id: index, ...(outcome === null ? {} : { series: [outcome] }) };
  });
  if (input.csv) {
    return { status: 200, headers: { 'content-type': 'application/csv' }, body: toCsv(results) };
  }
  const body = JSON.stringify({ results }, null, input.pretty ? 2 : undefined);
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body };
}

/** A series, null for an empty result, or the text of a statement's error. */
function runStatement(
  statement: ShowStatement,
  defaultDatabase: string | null,
  context: RequestContext,
): Series | string | null {
  if (statement.kind === 'databases') {
    const live = visibleDatabases(context).filter(({ deletedAtMs }) => deletedAtMs === null);
    // Catalog order: `_internal` first.
    const values = live.sort((a, b) => a.id - b.id).map(({ name }) => [name]);
    return { name: 'databases', columns: ['name'], values };
  }
  if (statement.kind === 'other') {
    if (defaultDatabase === null) return httpErrors.influxqlDatabase().message;
    if (context.dependencies.catalog.database(defaultDatabase) === undefined) {
      return `Cannot retrieve database: External error: database not found: ${defaultDatabase}`;
    }
    return httpErrors.influxqlUnavailable().message;
  }
  const name = statement.database ?? defaultDatabase;
  if (name === null) return httpErrors.influxqlDatabase().message;
  const database = context.dependencies.catalog.database(name);
  if (database === undefined) {
    return `datafusion error: Error during planning: database not found: ${name}`;
  }
  return {
    name: 'retention_policies',
    columns: ['name', 'duration', 'default'],
    values: [[database.name, goDuration(database.retentionNs), true]],
  };
}

function toCsv(results: readonly StatementResult[]): string {
  const texts = results.flatMap(({ series }) =>
    (series ?? []).map(({ name, columns, values }) => {
      const rows = values.map((row) => [name, '', ...row.map(String)].map(quoteCsv).join(','));
      return [['name', 'tags', ...columns].join(','), ...rows, ''].join('\n');
    }),
  );
  return texts.join('\n');
}

function quoteCsv(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
