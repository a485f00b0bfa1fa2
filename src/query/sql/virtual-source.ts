/** Virtual tables as sources. */
import { engineColumnName } from '../../catalog/engine-names.ts';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import type { QueryEnvironment } from './environment.ts';
import type { VirtualRelation } from './plan.ts';
import { planNode } from './plan-node.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';

/** So that no column of the host's can be taken for one of our own names beside it. */
const TABLE_NAME = '__v';

/** The host supplies the rows; only used columns are read. */
export function virtualSource(
  { id, columns, combinations }: VirtualRelation,
  qualifier: string,
  environment: QueryEnvironment,
): Source {
  const { context } = environment;
  context.virtualIds.add(id);
  const names = columns.map(({ name }) => `${TABLE_NAME}.${quoteIdentifier(engineColumnName(name))}`);
  const used = new Map<string, number>();
  const scopeColumns = columns.map((column, index): ScopeColumn => {
    const columnId = context.freshId();
    return { ...column, id: columnId, use: () => void used.set(columnId, index) };
  });
  const sql = context.hole((print) => {
    const list = [...used].map(([columnId, index]) => `${names[index]} AS ${columnId}`);
    const depth = Math.max(0, ...used.values()) + 1;
    const once =
      combinations === true && used.size > 0 && depth < names.length
        ? ` LIMIT 1 BY ${names.slice(0, depth).join(', ')}`
        : '';
    return `(SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM ${print.virtualSource(id)} AS ${TABLE_NAME}${once})`;
  });
  return {
    relations: [{ qualifier, columns: scopeColumns }],
    sql,
    node: planNode(`TableScan: ${qualifier}`),
    merged: new Map(),
    shadowed: new Set(),
    scans: [],
    joined: false,
  };
}
