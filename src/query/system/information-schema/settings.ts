/** `information_schema.df_settings`: constants, as `SET` is refused (sql.md 1.3). What has no meaning here is left out. */
import { columnsOf, orNull, UTF8, type VirtualTable } from '../virtual-table.ts';

const columns = columnsOf({ name: UTF8, value: orNull(UTF8), description: orNull(UTF8) });

const SETTINGS: readonly (readonly [name: string, value: string | null, description: string])[] = [
  ['datafusion.catalog.create_default_catalog_and_schema', 'true', 'The default catalog and schema exist'],
  ['datafusion.catalog.default_catalog', 'public', 'The catalog of names without one'],
  ['datafusion.catalog.default_schema', 'iox', 'The schema of names without one'],
  ['datafusion.catalog.information_schema', 'true', 'The views of information_schema exist'],
  ['datafusion.execution.batch_size', '8192', 'Rows of a batch'],
  ['datafusion.execution.time_zone', null, 'The zone of timestamps without one; UTC when not set'],
  ['datafusion.sql_parser.dialect', 'generic', 'The dialect of SQL'],
  ['datafusion.sql_parser.enable_ident_normalization', 'true', 'Names without quotes become lower case'],
  ['datafusion.sql_parser.map_string_types_to_utf8view', 'false', 'VARCHAR and the like are Utf8'],
  ['datafusion.sql_parser.parse_float_as_decimal', 'false', 'Numbers with a point are Float64'],
  ['datafusion.sql_parser.support_varchar_with_length', 'true', 'VARCHAR(n) is accepted, n has no effect'],
];

/** What SHOW can show. */
export const settingNames: ReadonlySet<string> = new Set(SETTINGS.map(([name]) => name));

export const settings: VirtualTable = {
  name: 'df_settings',
  columns: () => columns,
  rows: () => SETTINGS,
};
