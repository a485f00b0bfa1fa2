/** `information_schema.tables`, `views`, `columns` and `schemata`. */
import { arrowTypeText } from '../../sql/functions/arrow-type.ts';
import type { DataType } from '../../types.ts';
import type { VirtualContext } from '../virtual-context.ts';
import { columnsOf, orNull, UINT64, UTF8, type VirtualRow, type VirtualTable } from '../virtual-table.ts';
import { CATALOG, listedTables } from './catalogue.ts';

const tableColumns = columnsOf({
  table_catalog: UTF8,
  table_schema: UTF8,
  table_name: UTF8,
  table_type: UTF8,
});

const viewColumns = columnsOf({
  table_catalog: UTF8,
  table_schema: UTF8,
  table_name: UTF8,
  definition: orNull(UTF8),
});

const columnColumns = columnsOf({
  table_catalog: UTF8,
  table_schema: UTF8,
  table_name: UTF8,
  column_name: UTF8,
  ordinal_position: UINT64,
  column_default: orNull(UTF8),
  is_nullable: UTF8,
  data_type: UTF8,
  character_maximum_length: orNull(UINT64),
  character_octet_length: orNull(UINT64),
  numeric_precision: orNull(UINT64),
  numeric_precision_radix: orNull(UINT64),
  numeric_scale: orNull(UINT64),
  datetime_precision: orNull(UINT64),
  interval_type: orNull(UTF8),
});

const schemaColumns = columnsOf({
  catalog_name: UTF8,
  schema_name: UTF8,
  schema_owner: orNull(UTF8),
  default_character_set_catalog: orNull(UTF8),
  default_character_set_schema: orNull(UTF8),
  default_character_set_name: orNull(UTF8),
  sql_path: orNull(UTF8),
});

type Views = () => readonly VirtualTable[];

/** `views`: all of `information_schema`, which lists itself. */
export function createListings(
  views: Views,
): Record<'tables' | 'views' | 'columns' | 'schemata', VirtualTable> {
  return {
    tables: {
      name: 'tables',
      columns: () => tableColumns,
      *rows(context) {
        for (const { schema, name, kind } of listedTables(context, views())) {
          yield [CATALOG, schema, name, kind];
        }
      },
    },
    // As in DataFusion this lists every table but the views of this schema; only a view would have a definition, and nobody can make one.
    views: {
      name: 'views',
      columns: () => viewColumns,
      *rows(context) {
        for (const { schema, name } of listedTables(context, [])) yield [CATALOG, schema, name, null];
      },
    },
    columns: {
      name: 'columns',
      columns: () => columnColumns,
      rows: (context, equalities) => columnRows(context, views(), equalities.get('table_name')),
    },
    schemata: {
      name: 'schemata',
      columns: () => schemaColumns,
      // As in DataFusion, without this schema itself.
      *rows() {
        for (const schema of ['iox', 'system']) yield [CATALOG, schema, null, null, null, null, null];
      },
    },
  };
}

function* columnRows(
  context: VirtualContext,
  views: readonly VirtualTable[],
  names: ReadonlySet<string> | undefined,
): Generator<VirtualRow> {
  for (const table of listedTables(context, views)) {
    if (names !== undefined && !names.has(table.name)) continue;
    for (const [position, { name, type, nullable }] of table.columns().entries()) {
      yield [
        CATALOG,
        table.schema,
        table.name,
        name,
        position,
        null,
        nullable ? 'YES' : 'NO',
        arrowTypeText(type),
        null,
        octetLength(type),
        ...precision(type),
        null,
        null,
      ];
    }
  }
}

function octetLength(type: DataType): bigint | null {
  if (type.kind !== 'utf8' && type.kind !== 'binary') return null;
  if (type.large) return 2n ** 63n - 1n;
  return type.view ? null : 2n ** 31n - 1n;
}

/** Precision, radix and scale, as DataFusion tells them. */
function precision(type: DataType): readonly [number | null, number | null, number | null] {
  switch (type.kind) {
    case 'int':
    case 'uint':
      return type.bits === 64 ? [null, null, null] : [type.bits, 2, null];
    case 'float':
      return [type.bits === 16 ? 15 : 24, 2, null];
    case 'decimal':
      return [type.precision, 10, type.scale];
    default:
      return [null, null, null];
  }
}
