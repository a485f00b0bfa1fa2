/** `system.queries`: the recent queries of this database (of all, in `_internal`); others' only for who may see them. */

import type { LoggedQuery } from '../../query-log.ts';
import { DURATION_NS, TIMESTAMP_NS } from '../../types.ts';
import { isInternal, type VirtualContext } from '../virtual-context.ts';
import {
  BOOLEAN,
  columnsOf,
  INT64,
  orNull,
  UTF8,
  type VirtualRow,
  type VirtualTable,
} from '../virtual-table.ts';

const columns = columnsOf({
  id: UTF8,
  phase: UTF8,
  issue_time: TIMESTAMP_NS,
  query_type: UTF8,
  query_text: UTF8,
  partitions: orNull(INT64),
  parquet_files: orNull(INT64),
  plan_duration: orNull(DURATION_NS),
  permit_duration: orNull(DURATION_NS),
  execute_duration: orNull(DURATION_NS),
  end2end_duration: orNull(DURATION_NS),
  compute_duration: orNull(DURATION_NS),
  max_memory: orNull(INT64),
  success: BOOLEAN,
  running: BOOLEAN,
  cancelled: BOOLEAN,
  trace_id: orNull(UTF8),
  // Ours.
  database_name: orNull(UTF8),
  token_name: orNull(UTF8),
  result_rows: orNull(INT64),
});

export const queries: VirtualTable = { name: 'queries', columns: () => columns, rows };

function* rows(context: VirtualContext): Generator<VirtualRow> {
  for (const query of context.queries.entries()) {
    if (!isInternal(context.database) && query.databaseId !== context.database.id) continue;
    if (!context.seesAllQueries && query.principal?.id !== context.principal?.id) continue;
    yield row(query, context);
  }
}

function row(query: LoggedQuery, { catalog }: VirtualContext): VirtualRow {
  return [
    query.id,
    query.phase,
    query.issuedAtNs,
    query.language,
    query.text,
    null,
    null,
    query.planNs,
    query.permitNs,
    query.executeNs,
    query.endToEndNs,
    // The engine in process does not tell its processor time and memory per query.
    null,
    null,
    query.phase === 'success',
    query.endToEndNs === null,
    query.phase === 'cancel',
    null,
    catalog.databaseById(query.databaseId)?.name ?? null,
    query.principal?.name ?? null,
    query.rows,
  ];
}
