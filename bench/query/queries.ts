/**
 * The TSBS cpu-only query set: in SQL for Sluice, by hand for the engine, in InfluxQL for InfluxDB 1.x, in MetricsQL
 * for VictoriaMetrics. Written from the published description of the benchmark: hosts and hours are drawn anew for
 * each run, and a seed gives every server the same ones.
 */
import { seededRandom } from './seeded-random.ts';

export interface RangeQuery {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly step: string;
}

/** One run of a query; null where a language cannot say it. */
export interface QueryRun {
  readonly sql: string;
  /** As somebody who knows the engine and the table would write it. */
  readonly engineSql: string;
  readonly influxql: string | null;
  readonly metricsql: RangeQuery | null;
}

export interface BenchQuery {
  readonly name: string;
  /** As many runs as are asked for, always the same ones. */
  runs(count: number): QueryRun[];
}

export interface DataSpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly hosts: number;
}

const HOUR_MS = 3_600_000;
const METRICS = 'user system idle nice iowait irq softirq steal guest guest_nice'
  .split(' ')
  .map((name) => `usage_${name}`);
const TABLE = '`bench_1`.`cpu_0`';

const list = (count: number, print: (metric: string) => string) =>
  METRICS.slice(0, count).map(print).join(', ');

/** The names of VictoriaMetrics: measurement and field. */
const series = (count: number, more: string) =>
  `{__name__=~"cpu_(${METRICS.slice(0, count).join('|')})"${more}}`;

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

const iso = (ms: number) => new Date(ms).toISOString();
const within = ({ fromMs, toMs }: Window) => `time >= '${iso(fromMs)}' AND time < '${iso(toMs)}'`;
const engineWithin = ({ fromMs, toMs }: Window) =>
  `time >= fromUnixTimestamp64Milli(toInt64(${fromMs}), 'UTC') AND time < fromUnixTimestamp64Milli(toInt64(${toMs}), 'UTC')`;
const quoted = (hosts: readonly string[]) => hosts.map((host) => `'${host}'`).join(', ');
const inHosts = (hosts: readonly string[]) =>
  hosts.length === 1 ? `hostname = '${hosts[0]}'` : `hostname IN (${quoted(hosts)})`;
const anyHost = (hosts: readonly string[]) => `(${hosts.map((host) => `hostname = '${host}'`).join(' OR ')})`;
const hostPattern = (hosts: readonly string[]) => `,hostname=~"${hosts.join('|')}"`;

export function benchQueries(span: DataSpan): BenchQuery[] {
  type Draw = (run: { window(hours: number): Window; hosts(count: number): string[] }) => QueryRun;
  const define = (name: string, draw: Draw): BenchQuery => ({
    name,
    runs: (count) => {
      const below = seededRandom(name);
      const window = (hours: number): Window => {
        const lengthMs = Math.min(hours * HOUR_MS, span.endMs - span.startMs);
        const fromMs = span.startMs + below((span.endMs - span.startMs - lengthMs) / 1000 + 1) * 1000;
        return { fromMs, toMs: fromMs + lengthMs };
      };
      const hosts = (wanted: number) => {
        const drawn = new Set<string>();
        while (drawn.size < wanted) drawn.add(`host_${below(span.hosts)}`);
        return [...drawn];
      };
      return Array.from({ length: count }, () => draw({ window, hosts }));
    },
  });

  /** Maxima of some hosts by minute or hour. */
  const maxima = (name: string, metrics: number, hostCount: number, hours: number, unit: 'minute' | 'hour') =>
    define(name, (run) => {
      const window = run.window(hours);
      const hosts = run.hosts(hostCount);
      const step = unit === 'minute' ? '1m' : '1h';
      const start = unit === 'minute' ? 'toStartOfMinute' : 'toStartOfHour';
      return {
        sql: `SELECT date_bin(INTERVAL '1 ${unit}', time) AS bin, ${list(metrics, (m) => `max(${m}) AS max_${m}`)} FROM cpu WHERE ${inHosts(hosts)} AND ${within(window)} GROUP BY bin ORDER BY bin`,
        engineSql: `SELECT ${start}(time) AS bin, ${list(metrics, (m) => `max(${m}) AS max_${m}`)} FROM ${TABLE} WHERE ${inHosts(hosts)} AND ${engineWithin(window)} GROUP BY bin ORDER BY bin`,
        influxql: `SELECT ${list(metrics, (m) => `max(${m})`)} FROM cpu WHERE ${anyHost(hosts)} AND ${within(window)} GROUP BY time(${step})`,
        metricsql: {
          query: `max(max_over_time(${series(metrics, hostPattern(hosts))}[${step}])) by (__name__)`,
          startMs: window.fromMs,
          endMs: window.toMs,
          step,
        },
      };
    });
  const singleGroupby = (metrics: number, hostCount: number, hours: number) =>
    maxima(`single-groupby-${metrics}-${hostCount}-${hours}`, metrics, hostCount, hours, 'minute');
  const doubleGroupby = (metrics: number, name: string) =>
    define(`double-groupby-${name}`, (run) => {
      const window = run.window(12);
      return {
        sql: `SELECT date_bin(INTERVAL '1 hour', time) AS bin, hostname, ${list(metrics, (m) => `avg(${m}) AS mean_${m}`)} FROM cpu WHERE ${within(window)} GROUP BY bin, hostname ORDER BY bin, hostname`,
        engineSql: `SELECT toStartOfHour(time) AS bin, hostname, ${list(metrics, (m) => `avg(${m}) AS mean_${m}`)} FROM ${TABLE} WHERE ${engineWithin(window)} GROUP BY bin, hostname ORDER BY bin, hostname`,
        influxql: `SELECT ${list(metrics, (m) => `mean(${m})`)} FROM cpu WHERE ${within(window)} GROUP BY time(1h), hostname`,
        metricsql: {
          query: `avg(avg_over_time(${series(metrics, '')}[1h])) by (__name__, hostname)`,
          startMs: window.fromMs,
          endMs: window.toMs,
          step: '1h',
        },
      };
    });
  const highCpu = (name: string, hostCount: number) =>
    define(`high-cpu-${name}`, (run) => {
      const window = run.window(12);
      const hosts = run.hosts(hostCount);
      const one = (print: (names: readonly string[]) => string) =>
        hostCount === 0 ? '' : ` AND ${print(hosts)}`;
      return {
        sql: `SELECT * FROM cpu WHERE usage_user > 90 AND ${within(window)}${one(inHosts)}`,
        engineSql: `SELECT * EXCEPT __series FROM ${TABLE} WHERE usage_user > 90 AND ${engineWithin(window)}${one(inHosts)}`,
        influxql: `SELECT * FROM cpu WHERE usage_user > 90 AND ${within(window)}${one(anyHost)}`,
        metricsql: null,
      };
    });
  return [
    singleGroupby(1, 1, 1),
    singleGroupby(1, 1, 12),
    singleGroupby(1, 8, 1),
    singleGroupby(5, 1, 1),
    singleGroupby(5, 1, 12),
    singleGroupby(5, 8, 1),
    maxima('cpu-max-all-1', 10, 1, 8, 'hour'),
    maxima('cpu-max-all-8', 10, 8, 8, 'hour'),
    doubleGroupby(1, '1'),
    doubleGroupby(5, '5'),
    doubleGroupby(10, 'all'),
    highCpu('1', 1),
    highCpu('all', 0),
    define('lastpoint', () => ({
      sql: `SELECT hostname, ${list(10, (m) => `last_value(${m} ORDER BY time) AS ${m}`)} FROM cpu GROUP BY hostname`,
      engineSql: `SELECT hostname, ${list(10, (m) => `argMax(${m}, time) AS last_${m}`)} FROM ${TABLE} GROUP BY hostname`,
      influxql: 'SELECT last(*) FROM cpu GROUP BY hostname',
      metricsql: null,
    })),
    define('groupby-orderby-limit', (run) => {
      const { toMs } = run.window(1);
      return {
        sql: `SELECT date_bin(INTERVAL '1 minute', time) AS bin, max(usage_user) AS max_usage_user FROM cpu WHERE time < '${iso(toMs)}' GROUP BY bin ORDER BY bin DESC LIMIT 5`,
        engineSql: `SELECT toStartOfMinute(time) AS bin, max(usage_user) AS max_usage_user FROM ${TABLE} WHERE ${engineWithin({ fromMs: span.startMs, toMs })} GROUP BY bin ORDER BY bin DESC LIMIT 5`,
        influxql: `SELECT max(usage_user) FROM cpu WHERE time < '${iso(toMs)}' GROUP BY time(1m) ORDER BY time DESC LIMIT 5`,
        metricsql: null,
      };
    }),
  ];
}
