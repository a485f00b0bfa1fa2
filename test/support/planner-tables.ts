/** Two small tables that the planner's tests query. */
import type { PlannerFixture } from './planner-fixture.ts';

const row = (
  time: string,
  host: string,
  region: string,
  usage: string,
  n: string,
  s = 'NULL',
  b = 'NULL',
) => ({
  time,
  host,
  region,
  usage,
  n,
  s,
  b,
});

export async function createPlannerTables(fixture: PlannerFixture): Promise<void> {
  await fixture.table(
    'cpu',
    {
      host: 'tag',
      region: 'tag',
      time: 'time',
      usage: 'float',
      n: 'integer',
      s: 'string',
      b: 'boolean',
      u: 'uinteger',
    },
    [
      row('2024-01-01T00:00:00Z', "'a'", "'eu'", '1.5', '1', "'x'", 'true'),
      row('2024-01-01T00:01:00Z', "'a'", "'eu'", '2.5', 'NULL'),
      row('2024-01-01T00:02:00Z', "'b'", "'us'", 'NULL', '3', "'y'", 'false'),
      row('2024-01-02T00:00:00Z', "'c'", 'NULL', '10', '0'),
    ],
  );
  await fixture.table('mem', { host: 'tag', time: 'time', free: 'integer' }, [
    { time: '2024-01-01T00:00:00Z', host: "'a'", free: '100' },
    { time: '2024-01-01T00:00:00Z', host: "'d'", free: '200' },
  ]);
  await fixture.table('Odd "name"', { 'Tag A': 'tag', time: 'time', Temp: 'float', temp: 'float' }, [
    { time: '2024-01-01T00:00:00Z', 'Tag A': "'t'", Temp: '1', temp: '2' },
  ]);
}
