/** The query contract: text in, a typed stream of blocks or encoded bytes out. */
import type { DatabaseScope } from '../auth/operation.ts';
import type { DatabaseRecord } from '../catalog/records.ts';
import type { ResultColumn } from './types.ts';

export type ResultFormat = 'json' | 'jsonl' | 'csv' | 'pretty' | 'parquet';
export type QueryLanguage = 'sql' | 'influxql';

/** A bind parameter as JSON gave it; integers that fit keep their exact value. */
export type ParameterValue = null | boolean | bigint | number | string;

/** Whose query it is: the id decides, because a name can be given to another token later. */
export interface QueryPrincipal {
  readonly id: number;
  readonly name: string;
}

export interface QueryRequest {
  readonly database: DatabaseRecord;
  readonly language: QueryLanguage;
  readonly text: string;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  /** What the principal may read of the database's tables. */
  readonly scope: DatabaseScope;
  /** Admins see `system.tokens` whole, engine SQL in EXPLAIN, everybody's `system.queries`. */
  readonly admin: boolean;
  /** Which introspection tables a `system:…:read` token may read although it is no admin. */
  readonly systemTables: ReadonlySet<'tokens' | 'queries' | 'tables'>;
  /** For `system.queries`; never the token string. */
  readonly principal: QueryPrincipal | null;
  readonly limits: { readonly timeMs?: number; readonly resultRows?: number };
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** A planned and started query. Nothing was sent yet: an error up to the first chunk can still be a status. */
export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  /** Encoded bytes in the asked format, pulled with back-pressure. */
  encode(format: ResultFormat): AsyncIterable<Uint8Array>;
}

export interface QueryService {
  /** Parses, binds, authorizes per table, waits for pending rows, starts the engine query. */
  run(request: QueryRequest): Promise<QueryResult>;
  /** Statements of few rows that were answered without the engine, and those that were left to it after all. */
  narrowReads(): { readonly answered: number; readonly leftToEngine: number };
  /** Ends the threads that lay large results. Queries that are under way fail. */
  close(): Promise<void>;
}
