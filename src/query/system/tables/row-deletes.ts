/** `system.row_deletes` (`http-api.md` 10): the requests to delete rows, as `/api/v3/row_delete_requests` lists them. */
import { printPredicate } from '../../../catalog/row-delete-predicate.ts';
import { TIMESTAMP_NS } from '../../types.ts';
import {
  columnsOf,
  msToNs,
  orNull,
  TEXT,
  TIMESTAMP_MILLISECONDS,
  UINT64,
  type VirtualTable,
} from '../virtual-table.ts';

const columns = columnsOf({
  sequence: UINT64,
  db_id: UINT64,
  table_id: UINT64,
  db_name: TEXT,
  table_name: TEXT,
  min_time: orNull(TIMESTAMP_NS),
  max_time: orNull(TIMESTAMP_NS),
  delete_predicate: orNull(TEXT),
  created_at: TIMESTAMP_MILLISECONDS,
  disposition: TEXT,
  ended_at: orNull(TIMESTAMP_MILLISECONDS),
  reason: orNull(TEXT),
});

export const rowDeletes: VirtualTable = {
  name: 'row_deletes',
  columns: () => columns,
  *rows({ catalog }) {
    for (const request of catalog.rowDeletes()) {
      yield [
        request.sequence,
        request.databaseId,
        request.tableId,
        request.databaseName,
        request.tableName,
        request.minTimeNs,
        request.maxTimeNs,
        printPredicate(request.tags),
        msToNs(request.createdAtMs),
        request.disposition,
        request.endedAtMs === null ? null : msToNs(request.endedAtMs),
        request.reason,
      ];
    }
  },
};
