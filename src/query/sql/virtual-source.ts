/** Virtual tables as sources. */
import { engineColumnName } from '../../catalog/engine-names.ts';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import type { ResultColumn } from '../types.ts';
import type { QueryEnvironment } from './environment.ts';
import { planNode } from './plan-node.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';

/** So that no column of the host's can be taken for one of our own names beside it. */
const TABLE_NAME = '__v';

/** The host supplies the rows; only used columns are read. */
export function virtualSource(
  id: string,
  columns: readonly ResultColumn[],
  qualifier: string,
  environment: QueryEnvironment,
): Source {
  const { context } = environment;
  context.virtualIds.add(id);
  const used = new Map<string, string>();
  const scopeColumns = columns.map((column): ScopeColumn => {
    const columnId = context.freshId();
    return { ...column, id: columnId, use: () => void used.set(columnId, engineColumnName(column.name)) };
  });
  const sql = context.hole((print) => {
    const list = [...used].map(([columnId, name]) => `${TABLE_NAME}.${quoteIdentifier(name)} AS ${columnId}`);
    return `(SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM ${print.virtualSource(id)} AS ${TABLE_NAME})`;
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
