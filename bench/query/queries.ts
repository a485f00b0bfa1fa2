/**
 * The TSBS cpu-only query set, in SQL for Sluice and in InfluxQL for InfluxDB 1.x. Written from the published
 * description of the benchmark: which hosts, which span, which grouping.
 */

export interface BenchQuery {
  readonly name: string;
  readonly sql: string;
  /** null where InfluxQL cannot say it. */
  readonly influxql: string | null;
}

/** Span of the data, RFC 3339; the queries look at its end. */
export interface DataSpan {
  readonly start: Date;
  readonly end: Date;
  readonly hosts: number;
}

const METRICS = [
  'usage_user',
  'usage_system',
  'usage_idle',
  'usage_nice',
  'usage_iowait',
  'usage_irq',
  'usage_softirq',
  'usage_steal',
  'usage_guest',
  'usage_guest_nice',
];

export function benchQueries(span: DataSpan): BenchQuery[] {
  const hour = 3_600_000;
  const until = span.end.getTime();
  const since = (hours: number) => Math.max(span.start.getTime(), until - hours * hour);
  const between = (hours: number) =>
    `time >= '${new Date(since(hours)).toISOString()}' AND time < '${new Date(until).toISOString()}'`;
  const hosts = (count: number) =>
    Array.from({ length: count }, (_, index) => `host_${(index * 7 + 3) % span.hosts}`);
  const inHosts = (count: number) =>
    count === 1
      ? `hostname = '${hosts(1)[0]}'`
      : `hostname IN (${hosts(count)
          .map((host) => `'${host}'`)
          .join(', ')})`;
  const anyHost = (count: number) =>
    `(${hosts(count)
      .map((host) => `hostname = '${host}'`)
      .join(' OR ')})`;
  const maxima = (count: number) =>
    METRICS.slice(0, count)
      .map((metric) => `max(${metric}) AS max_${metric}`)
      .join(', ');
  const means = (count: number) =>
    METRICS.slice(0, count)
      .map((metric) => `avg(${metric}) AS mean_${metric}`)
      .join(', ');
  const influxMeans = (count: number) =>
    METRICS.slice(0, count)
      .map((metric) => `mean(${metric})`)
      .join(', ');
  const influxMaxima = (count: number) =>
    METRICS.slice(0, count)
      .map((metric) => `max(${metric})`)
      .join(', ');
  const bin = (unit: string) => `date_bin(INTERVAL '1 ${unit}', time) AS bin`;

  const singleGroupby = (metrics: number, hostCount: number, hours: number): BenchQuery => ({
    name: `single-groupby-${metrics}-${hostCount}-${hours}`,
    sql: `SELECT ${bin('minute')}, ${maxima(metrics)} FROM cpu WHERE ${inHosts(hostCount)} AND ${between(hours)} GROUP BY bin ORDER BY bin`,
    influxql: `SELECT ${influxMaxima(metrics)} FROM cpu WHERE ${anyHost(hostCount)} AND ${between(hours)} GROUP BY time(1m)`,
  });
  const cpuMaxAll = (hostCount: number): BenchQuery => ({
    name: `cpu-max-all-${hostCount}`,
    sql: `SELECT ${bin('hour')}, ${maxima(10)} FROM cpu WHERE ${inHosts(hostCount)} AND ${between(8)} GROUP BY bin ORDER BY bin`,
    influxql: `SELECT ${influxMaxima(10)} FROM cpu WHERE ${anyHost(hostCount)} AND ${between(8)} GROUP BY time(1h)`,
  });
  const doubleGroupby = (metrics: number, name: string): BenchQuery => ({
    name: `double-groupby-${name}`,
    sql: `SELECT ${bin('hour')}, hostname, ${means(metrics)} FROM cpu WHERE ${between(12)} GROUP BY bin, hostname ORDER BY bin, hostname`,
    influxql: `SELECT ${influxMeans(metrics)} FROM cpu WHERE ${between(12)} GROUP BY time(1h), hostname`,
  });
  return [
    singleGroupby(1, 1, 1),
    singleGroupby(1, 1, 12),
    singleGroupby(1, 8, 1),
    singleGroupby(5, 1, 1),
    singleGroupby(5, 1, 12),
    singleGroupby(5, 8, 1),
    cpuMaxAll(1),
    cpuMaxAll(8),
    doubleGroupby(1, '1'),
    doubleGroupby(5, '5'),
    doubleGroupby(10, 'all'),
    {
      name: 'high-cpu-1',
      sql: `SELECT * FROM cpu WHERE usage_user > 90 AND ${between(12)} AND ${inHosts(1)}`,
      influxql: `SELECT * FROM cpu WHERE usage_user > 90 AND ${between(12)} AND ${anyHost(1)}`,
    },
    {
      name: 'high-cpu-all',
      sql: `SELECT * FROM cpu WHERE usage_user > 90 AND ${between(12)}`,
      influxql: `SELECT * FROM cpu WHERE usage_user > 90 AND ${between(12)}`,
    },
    {
      name: 'lastpoint',
      sql: `SELECT hostname, ${METRICS.map((metric) => `last_value(${metric} ORDER BY time) AS ${metric}`).join(', ')} FROM cpu GROUP BY hostname`,
      influxql: 'SELECT last(*) FROM cpu GROUP BY hostname',
    },
    {
      name: 'groupby-orderby-limit',
      sql: `SELECT ${bin('minute')}, max(usage_user) AS max_usage_user FROM cpu WHERE time < '${new Date(until).toISOString()}' GROUP BY bin ORDER BY bin DESC LIMIT 5`,
      influxql: `SELECT max(usage_user) FROM cpu WHERE time < '${new Date(until).toISOString()}' GROUP BY time(1m) ORDER BY time DESC LIMIT 5`,
    },
  ];
}
