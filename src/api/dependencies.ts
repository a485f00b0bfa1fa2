/** What the HTTP edge is given by the server. */
import type { Authenticator } from '../auth/authenticator.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { RowDeletes } from '../deletes/row-deletes.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Clock } from '../platform/clock.ts';
import type { RandomSource } from '../platform/random.ts';
import type { QueryService } from '../query/query.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { TokenService } from '../tokens/token-service.ts';
import type { UsageRecorder } from './usage-recorder.ts';

export interface ApiOptions {
  /** Largest body, on the wire and inflated. */
  readonly maxRequestBytes: number;
  readonly withoutAuth: boolean;
  /** Paths that `--disable-authz` opened: no credential is looked at. */
  readonly openPaths: ReadonlySet<string>;
  /** Failed authentications of one address in a minute before it gets 429; 0 = no limit. */
  readonly authFailuresPerMinute: number;
  /** CIDRs whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  /** Writes and queries are audited too. */
  readonly auditDataAccess: boolean;
  /** Queries that run at the same time over all tokens; null = the engine's own lanes decide. */
  readonly maxConcurrentQueries: number | null;
  readonly version: string;
  readonly revision: string;
  /** UUID of this process, for `/ping`. */
  readonly processId: string;
}

export interface ApiDependencies {
  readonly catalog: Catalog;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly tokens: TokenService;
  readonly ingest: Ingest;
  readonly rowDeletes: RowDeletes;
  readonly queries: QueryService;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly usage: UsageRecorder;
  readonly options: ApiOptions;
  /** What cannot be used now, in words for the caller. Empty: data can be written and read. */
  faults(): Promise<readonly string[]>;
}
