/** EXPLAIN as rows: our own plan for everyone, the engine's statement and plan for administrators only. */
import { collect, type Engine } from '../../engine/engine.ts';
import type { ExplainPlan } from '../sql/plan.ts';
import { columnsOf, UTF8, type VirtualRow } from '../system/virtual-table.ts';
import type { RunningQuery } from './running-query.ts';

export const explainColumns = columnsOf({ plan_type: UTF8, plan: UTF8 });

/** Runs the query when it is ANALYZE; `query` is released in any case. */
export async function explainRows(
  plan: ExplainPlan,
  query: RunningQuery,
  engine: Engine,
  admin: boolean,
  monotonicMs: () => number,
): Promise<VirtualRow[]> {
  try {
    const engineSql = query.engineSql();
    const forAdmin = admin ? [['engine_statement', engineSql]] : [];
    const inner = admin && plan.verbose ? [['engine_plan', await enginePlan(engine, engineSql)]] : [];
    if (plan.analyze) {
      const startedMs = monotonicMs();
      const rows = await query.count();
      const elapsedMs = (monotonicMs() - startedMs).toFixed(3);
      const metrics = `${plan.logical}\nmetrics=[output_rows=${rows}, elapsed_compute=${elapsedMs}ms]`;
      return [['Plan with Metrics', metrics], ...forAdmin, ...inner];
    }
    const physical = `EngineExec: lane=${plan.inner.weight}, tables=${plan.inner.tableIds.length}, system tables=${plan.inner.virtualIds.length}`;
    return [['logical_plan', plan.logical], ['physical_plan', physical], ...forAdmin, ...inner];
  } finally {
    query.release();
  }
}

async function enginePlan(engine: Engine, sql: string): Promise<string> {
  const stream = engine.query({ sql: `EXPLAIN indexes = 1 ${sql}`, format: 'JSONEachRow', weight: 'light' });
  const lines = (await collect(stream)).toString('utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { explain: string }).explain)
    .join('\n');
}
