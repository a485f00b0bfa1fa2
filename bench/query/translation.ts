/**
 * How long a statement that was not seen before takes until it can be answered, warm: planned, and printed for the
 * engine besides, which statements that read few rows need only when they are left to the engine.
 */
import { PlannerFixture } from '../../test/support/planner-fixture.ts';
import { type BenchQuery, benchQueries } from './queries.ts';
import { percentiles } from './measure.ts';

const RUNS = 2000;
const FIRST_MS = 1_451_606_400_000;
/** So long that hardly a text comes twice. */
const SPAN_MS = 100 * 86_400_000;

interface Timing {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Mean, with the collection of garbage. */
  readonly processorMs: number;
}

export interface TranslationTiming {
  readonly name: string;
  readonly planned: Timing;
  readonly printed: Timing;
}

export async function measureTranslation(): Promise<TranslationTiming[]> {
  const fixture = await PlannerFixture.open();
  try {
    const tags = 'hostname region datacenter rack os arch team service service_version service_environment';
    const fields = 'user system idle nice iowait irq softirq steal guest guest_nice';
    await fixture.table('cpu', {
      ...Object.fromEntries(tags.split(' ').map((name) => [name, 'tag' as const])),
      time: 'time',
      ...Object.fromEntries(fields.split(' ').map((name) => [`usage_${name}`, 'integer' as const])),
    });
    return benchQueries({ startMs: FIRST_MS, endMs: FIRST_MS + SPAN_MS, hosts: 1000 }).map((query) => ({
      name: query.name,
      planned: measure(query, (sql) => fixture.plan(sql)),
      printed: measure(query, (sql) => fixture.sql(sql)),
    }));
  } finally {
    fixture.close();
  }
}

function measure(query: BenchQuery, translate: (sql: string) => unknown): Timing {
  const texts = query.runs(RUNS * 2).map(({ sql }) => sql);
  for (const sql of texts.slice(0, RUNS)) translate(sql);
  const before = process.cpuUsage();
  const times = texts.slice(RUNS).map((sql) => {
    const started = performance.now();
    translate(sql);
    return performance.now() - started;
  });
  const { user, system } = process.cpuUsage(before);
  return { ...percentiles(times), processorMs: (user + system) / 1000 / RUNS };
}
