/** `system.nodes`: this server. */
import { TIMESTAMP_NS } from '../../types.ts';
import { columnsOf, listOf, msToNs, orNull, UINT64, UTF8, type VirtualTable } from '../virtual-table.ts';

const columns = columnsOf({
  node_id: UTF8,
  node_catalog_id: UINT64,
  instance_id: UTF8,
  mode: listOf(UTF8),
  core_count: UINT64,
  state: UTF8,
  updated_at: TIMESTAMP_NS,
  cli_params: orNull(UTF8),
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
