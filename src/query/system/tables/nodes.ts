/** `system.nodes`: this server. */
import {
  columnsOf,
  listOf,
  msToNs,
  orNull,
  TEXT,
  TIMESTAMP_MILLISECONDS,
  UINT32,
  UINT64,
  type VirtualTable,
} from '../virtual-table.ts';

const columns = columnsOf({
  node_id: TEXT,
  node_catalog_id: UINT32,
  instance_id: TEXT,
  mode: listOf(TEXT),
  core_count: UINT64,
  state: TEXT,
  updated_at: orNull(TIMESTAMP_MILLISECONDS),
  cli_params: orNull(TEXT),
});

export const nodes: VirtualTable = {
  name: 'nodes',
  columns: () => columns,
  *rows({ node }) {
    yield [
      node.nodeId,
      0,
      node.instanceId,
      ['core'],
      node.coreCount,
      'running',
      msToNs(node.startedAtMs),
      // Arguments may hold secrets.
      null,
    ];
  },
};
