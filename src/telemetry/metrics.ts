/** The server's metrics in Prometheus text (`http-api.md` 6.1). Labels are bounded: paths of routes, never of requests. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { observeEventLoop } from './event-loop-lateness.ts';

/** What the parts tell when they are asked, at scrape time. */
/** State and counters of the write path. */
export interface IngestFigures {
  readonly walBytes: number;
  readonly walSegments: number;
  readonly walFsyncs: number;
  readonly walFsyncSeconds: number;
  readonly bufferedRows: number;
  readonly bufferedBytes: number;
  readonly flushes: number;
  readonly flushFailures: number;
  readonly flushedRows: number;
  readonly flushSeconds: number;
}

/** Queries of few rows that need not be the engine's: answered without it, and left to it after all. */
export interface NarrowReadFigures {
  readonly answered: number;
  readonly leftToEngine: number;
}

export interface MetricSources {
  ingest(): IngestFigures;
  narrowReads(): NarrowReadFigures;
  tokens(): number;
  databases(): number;
}

export type RequestOutcome = 'ok' | 'client_error' | 'server_error' | 'aborted';

export interface Metrics {
  request(labels: {
    method: string;
    path: string;
    outcome: RequestOutcome;
    durationSecs: number;
    bodyBytes: number;
  }): void;
  write(database: string, lines: number, rejected: number, bytes: number): void;
  query(language: string, outcome: 'ok' | 'error', durationSecs: number): void;
  authentication(outcome: 'ok' | 'unknown' | 'expired' | 'missing' | 'malformed'): void;
  refusal(): void;
  /** What was no whole request; `code` is one of the catalogue. */
  malformedRequest(code: string): void;
  /** A part of the server could not serve a request. */
  unavailable(code: string): void;
  attach(sources: MetricSources): void;
  /** Prometheus text, ended by `# EOF`. */
  text(): Promise<string>;
}

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BYTES_BUCKETS = [100, 1e3, 1e4, 1e5, 1e6, 1e7];

export function createMetrics(process: { version: string; uuid: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  observeEventLoop(registry);
  // The default one has no labels; the reference's has the version.
  registry.removeSingleMetric('process_start_time_seconds');
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process since the epoch',
    labelNames: ['product_name', 'version', 'uuid'],
    registers,
  }).set({ product_name: 'Sluice', ...process }, Math.floor(performance.timeOrigin / 1000));

  const labelNames = ['path', 'method', 'method_path', 'status'];
  const requests = new Counter({ name: 'http_requests_total', help: 'HTTP requests', labelNames, registers });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests',
    labelNames: ['path', 'method', 'method_path'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const bodies = new Histogram({
    name: 'http_response_body_size_bytes',
    help: 'Size of HTTP response bodies',
    labelNames: ['path', 'method', 'method_path'],
    buckets: BYTES_BUCKETS,
    registers,
  });
  const counter = (name: string, help: string, labels: string[]) =>
    new Counter({ name, help, labelNames: labels, registers });
  const lines = counter('influxdb3_write_lines_total', 'Lines written', ['db']);
  const rejectedLines = counter('influxdb3_write_lines_rejected_total', 'Lines rejected', ['db']);
  const writeBytes = counter('influxdb3_write_bytes_total', 'Bytes of line protocol', ['db']);
  const authentications = counter('sluice_authentications_total', 'Authentications', ['outcome']);
  const refusals = counter('sluice_authorization_refusals_total', 'Requests refused with 403 or 401', []);
  const unavailable = counter('sluice_unavailable_total', 'Requests refused with 503', ['code']);
  const malformedRequests = counter(
    'sluice_malformed_requests_total',
    'Connections ended for what is no whole request',
    ['code'],
  );
  const queryDurations = new Histogram({
    name: 'influxdb_iox_query_log_end2end_duration_seconds',
    help: 'Duration of queries from request to last byte',
    labelNames: ['query_variant', 'outcome'],
    buckets: SECONDS_BUCKETS,
    registers,
  });

  return {
    request({ method, path, outcome, durationSecs, bodyBytes }) {
      const labels = { path, method, method_path: `${method} ${path}` };
      requests.inc({ ...labels, status: outcome });
      durations.observe(labels, durationSecs);
      bodies.observe(labels, bodyBytes);
    },
    write(db, written, rejected, bytes) {
      lines.inc({ db }, written);
      if (rejected > 0) rejectedLines.inc({ db }, rejected);
      writeBytes.inc({ db }, bytes);
    },
    query: (language, outcome, durationSecs) =>
      queryDurations.observe({ query_variant: language, outcome }, durationSecs),
    authentication: (outcome) => authentications.inc({ outcome }),
    refusal: () => refusals.inc(),
    unavailable: (code) => unavailable.inc({ code }),
    malformedRequest: (code) => malformedRequests.inc({ code }),
    attach(sources) {
      const gauge = (name: string, help: string, read: () => number) =>
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read());
          },
        });
      /** A counter that the part keeps itself: the difference since the last scrape is added. */
      const counted = (name: string, help: string, read: () => number) => {
        let before = 0;
        new Counter({
          name,
          help,
          registers,
          collect() {
            const now = read();
            this.inc(now - before);
            before = now;
          },
        });
      };
      const { ingest } = sources;
      gauge('sluice_wal_bytes', 'Bytes of the log on disk', () => ingest().walBytes);
      gauge('sluice_wal_segments', 'Segments of the log', () => ingest().walSegments);
      gauge('sluice_buffered_rows', 'Rows not yet in the engine', () => ingest().bufferedRows);
      gauge('sluice_buffered_bytes', 'Bytes not yet in the engine', () => ingest().bufferedBytes);
      counted('sluice_wal_fsyncs_total', 'Fsyncs of the log', () => ingest().walFsyncs);
      counted('sluice_wal_fsync_seconds_total', 'Time in fsyncs of the log', () => ingest().walFsyncSeconds);
      counted('sluice_flushes_total', 'Inserts into the engine', () => ingest().flushes);
      counted(
        'sluice_flush_failures_total',
        'Inserts into the engine that failed',
        () => ingest().flushFailures,
      );
      counted('sluice_flushed_rows_total', 'Rows inserted into the engine', () => ingest().flushedRows);
      counted('sluice_flush_seconds_total', 'Time in inserts into the engine', () => ingest().flushSeconds);
      counted(
        'sluice_narrow_reads_total',
        'Queries of few rows that were answered from stored parts',
        () => sources.narrowReads().answered,
      );
      counted(
        'sluice_narrow_reads_left_to_engine_total',
        'Queries that could have been, and were left to the engine',
        () => sources.narrowReads().leftToEngine,
      );
      gauge('sluice_tokens', 'Tokens in the catalog', () => sources.tokens());
      gauge('sluice_databases', 'Databases in the catalog', () => sources.databases());
    },
    text: async () => `${await registry.metrics()}# EOF\n`,
  };
}
