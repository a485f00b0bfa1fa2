/** Which virtual tables exist in a database, for a principal. A name that is not here does not exist. */
import { audit } from './tables/audit.ts';
import { distinctCaches, lastCaches } from './tables/caches.ts';
import { databases, tables } from './tables/databases.ts';
import {
  generationDurations,
  parquetFiles,
  pluginFiles,
  processingEngineLogs,
  processingEngineTriggerArguments,
  processingEngineTriggers,
} from './tables/empty.ts';
import { influxdbSchema } from './tables/influxdb-schema.ts';
import { nodes } from './tables/nodes.ts';
import { queries } from './tables/queries.ts';
import { rowDeletes } from './tables/row-deletes.ts';
import { tokens } from './tables/tokens.ts';
import { isInternal, type VirtualContext } from './virtual-context.ts';
import type { VirtualTable } from './virtual-table.ts';

/** In every database; whoever may read some of it may read these. */
const EVERYWHERE: readonly VirtualTable[] = [
  distinctCaches,
  influxdbSchema,
  lastCaches,
  parquetFiles,
  processingEngineLogs,
  processingEngineTriggerArguments,
  processingEngineTriggers,
  queries,
];

/** In `_internal`, besides. There the scope says who may read which (`system.tokens` and so on). */
const INTERNAL: readonly VirtualTable[] = [
  audit,
  databases,
  generationDurations,
  nodes,
  pluginFiles,
  rowDeletes,
  tables,
  tokens,
];

const INTERNAL_SORTED = [...EVERYWHERE, ...INTERNAL].sort((a, b) => (a.name < b.name ? -1 : 1));

/** By name. */
export function systemTables(context: Pick<VirtualContext, 'database' | 'scope'>): readonly VirtualTable[] {
  if (!isInternal(context.database)) return EVERYWHERE;
  return INTERNAL_SORTED.filter(({ name }) => context.scope.table(`system.${name}`).kind === 'all');
}

export function systemTable(
  context: Pick<VirtualContext, 'database' | 'scope'>,
  name: string,
): VirtualTable | undefined {
  return systemTables(context).find((table) => table.name === name);
}
