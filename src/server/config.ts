/** What a server is started with. Options, environment and defaults are already decided here. */
import type { CatalogLimits } from '../catalog/catalog.ts';
import type { LogFormat } from '../telemetry/create-logger.ts';

export interface BindAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

export interface ListenerConfig {
  readonly bind: BindAddress;
  /** The bound address is written here once the listener listens. */
  readonly addressFile: string | null;
}

export interface TlsConfig {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly minimumVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface LogConfig {
  readonly filter: string;
  readonly format: LogFormat;
  readonly destination: 'stdout' | 'stderr';
}

export interface ServerConfig {
  readonly nodeId: string;
  readonly dataDir: string;
  /** The data directory is made for this run and removed at its end (`--object-store memory`). */
  readonly temporary: boolean;
  readonly listener: ListenerConfig;
  readonly recovery: ListenerConfig | null;
  readonly tls: TlsConfig | null;
  readonly withoutAuth: boolean;
  readonly openPaths: ReadonlySet<string>;
  readonly adminTokenFile: string | null;
  readonly permissionTokensFile: string | null;
  readonly tokensFile: string | null;
  readonly maxRequestBytes: number;
  readonly authFailuresPerMinute: number;
  readonly trustedProxies: readonly string[];
  readonly auditDataAccess: boolean;
  /** null = rows are kept for ever. */
  readonly auditRetentionMs: number | null;
  readonly maxConcurrentQueries: number | null;
  readonly catalogLimits: Partial<CatalogLimits>;
  readonly queryMemoryBytes: number | null;
  readonly queryThreads: number | null;
  readonly queryLogEntries: number;
  readonly bufferBytes: number | null;
  readonly retentionCheckMs: number;
  /** So long a row delete can be aborted. */
  readonly rowDeleteMinimumAgeMs: number;
  /** 0 = no drain. */
  readonly shutdownTimeoutMs: number;
  readonly log: LogConfig;
  /** Prints what to type next once the server listens. */
  readonly quickStart: boolean;
}
