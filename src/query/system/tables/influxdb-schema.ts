/** `system.influxdb_schema`: every column of every visible table, in Influx terms. */
import { visibleTables } from '../virtual-context.ts';
import { columnsOf, TEXT, type VirtualTable } from '../virtual-table.ts';

const columns = columnsOf({ measurement: TEXT, key: TEXT, data_type: TEXT });

export const influxdbSchema: VirtualTable = {
  name: 'influxdb_schema',
  columns: () => columns,
  *rows(context, equalities) {
    const names = equalities.get('measurement');
    for (const table of visibleTables(context)) {
      if (names !== undefined && !names.has(table.name)) continue;
      for (const column of table.columns) yield [table.name, column.name, column.type];
    }
  },
};
