/** The query chain over the real engine, catalog and write path, for tests: write text, ask SQL as some token. */
import { createAuthorizer } from '../../src/auth/authorizer.ts';
import { parsePermission } from '../../src/auth/permission-grammar.ts';
import type { Principal } from '../../src/auth/principal.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { QueryRequest, QueryResult, QueryService, ResultFormat } from '../../src/query/query.ts';
import { createQueryService, type QueryServiceOptions } from '../../src/query/service.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { type Caching, type IngestHarness, openHarness } from './ingest.ts';

export interface QueryOptions {
  /** Permission strings of the asking token; absent = an administrator. */
  readonly as?: readonly string[];
  readonly database?: string;
  readonly format?: ResultFormat;
  readonly request?: Partial<QueryRequest>;
  /** Another service than the harness's own. */
  readonly queries?: QueryService;
}

export interface QueryHarness extends IngestHarness {
  readonly queries: QueryService;
  /** The result's text; throws what the service throws. */
  text(sql: string, options?: QueryOptions): Promise<string>;
  /** Rows of the JSON format. */
  ask(sql: string, options?: QueryOptions): Promise<Record<string, unknown>[]>;
  start(sql: string, options?: QueryOptions): Promise<QueryResult>;
}

export async function openQueryHarness(
  directory: string,
  options: Partial<QueryServiceOptions> = {},
  caching: Caching = {},
): Promise<QueryHarness> {
  const harness = await openHarness(directory, {}, undefined, caching);
  const { catalog, engine, ingest, caches } = harness;
  const queries = createQueryService({
    catalog,
    engine,
    ingest,
    clock: systemClock,
    logger: silentLogger,
    tokensVisible: true,
    caches,
    ...options,
  });
  const start = (sql: string, query: QueryOptions = {}) =>
    (query.queries ?? queries).run(requestOf(catalog, sql, query));
  const text = async (sql: string, query: QueryOptions = {}) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await start(sql, query)).encode(query.format ?? 'json')) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  };
  return {
    ...harness,
    queries,
    start,
    text,
    ask: async (sql, query) => JSON.parse(await text(sql, query)) as Record<string, unknown>[],
  };
}

function requestOf(catalog: Catalog, sql: string, query: QueryOptions): QueryRequest {
  const name = query.database ?? 'test';
  const database = catalog.database(name);
  if (database === undefined) throw new Error(`no database ${name}`);
  const principal = principalOf(catalog, query.as ?? ['*:*:*']);
  const authorizer = createAuthorizer();
  const allowed = (operation: Parameters<typeof authorizer.authorize>[1]) =>
    authorizer.authorize(principal, operation).allowed;
  return {
    database,
    language: 'sql',
    text: sql,
    parameters: new Map(),
    scope: authorizer.databaseScope(principal, database, 'read'),
    admin: allowed({ kind: 'admin' }),
    systemTables: new Set(
      (['tokens', 'queries', 'tables'] as const).filter((resource) => allowed({ kind: 'system', resource })),
    ),
    principal: principalCalled((query.as ?? ['admin']).join(' ')),
    limits: {},
    signal: new AbortController().signal,
    ...query.request,
  };
}

function principalOf(catalog: Catalog, permissions: readonly string[]): Principal {
  return {
    kind: 'token',
    rotatedUntilMs: null,
    token: {
      id: 1000,
      name: 'asker',
      hash: Buffer.alloc(64),
      description: null,
      createdBy: null,
      createdAtMs: 0,
      updatedAtMs: null,
      updatedBy: null,
      expiryMs: null,
      permissions: permissions.flatMap((text) =>
        text === '*:*:*'
          ? [{ kind: 'admin' as const }]
          : parsePermission(text, (name) => catalog.database(name)?.id),
      ),
      origin: 'api',
      limits: null,
      allowedCidrs: null,
      derive: false,
      parentId: null,
      previous: null,
    },
  };
}

const principalNames: string[] = [];

/** The same name is the same token. */
function principalCalled(name: string): { id: number; name: string } {
  if (!principalNames.includes(name)) principalNames.push(name);
  return { id: principalNames.indexOf(name), name };
}
