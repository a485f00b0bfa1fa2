/** How long a statement takes to become engine SQL: when its text is new, and when only the plan is. Warm. */
import { PlannerFixture } from '../../test/support/planner-fixture.ts';
import type { BenchQuery } from './queries.ts';
import { percentiles } from './measure.ts';

const RUNS = 500;

export interface TranslationTiming {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function measureTranslation(queries: readonly BenchQuery[]): Promise<TranslationTiming[]> {
  const fixture = await PlannerFixture.open();
  try {
    const tags = 'hostname region datacenter rack os arch team service service_version service_environment';
    const fields = 'user system idle nice iowait irq softirq steal guest guest_nice';
    await fixture.table('cpu', {
      ...Object.fromEntries(tags.split(' ').map((name) => [name, 'tag' as const])),
      time: 'time',
      ...Object.fromEntries(fields.split(' ').map((name) => [`usage_${name}`, 'integer' as const])),
    });
    return queries.map((query) => {
      const runs = query.runs(RUNS * 2);
      for (const { sql } of runs.slice(0, RUNS)) fixture.sql(sql);
      const times = runs.slice(RUNS).map(({ sql }) => {
        const started = performance.now();
        fixture.sql(sql);
        return performance.now() - started;
      });
      return { name: query.name, ...percentiles(times) };
    });
  } finally {
    fixture.close();
  }
}
