/** `information_schema.routines` and `parameters`: the one table of functions, listed. */
import { allFunctions } from '../../sql/functions/registry.ts';
import { BOOLEAN, columnsOf, orNull, UINT64, UTF8, type VirtualTable } from '../virtual-table.ts';
import { CATALOG } from './catalogue.ts';

const routineColumns = columnsOf({
  specific_catalog: UTF8,
  specific_schema: UTF8,
  specific_name: UTF8,
  routine_catalog: UTF8,
  routine_schema: UTF8,
  routine_name: UTF8,
  routine_type: UTF8,
  is_deterministic: BOOLEAN,
  // The type follows from the arguments.
  data_type: orNull(UTF8),
  function_type: orNull(UTF8),
  description: orNull(UTF8),
  syntax_example: orNull(UTF8),
});

const parameterColumns = columnsOf({
  specific_catalog: UTF8,
  specific_schema: UTF8,
  specific_name: UTF8,
  ordinal_position: UINT64,
  parameter_mode: UTF8,
  parameter_name: orNull(UTF8),
  data_type: orNull(UTF8),
  parameter_default: orNull(UTF8),
  is_variadic: BOOLEAN,
  rid: UINT64,
});

const SCHEMA = 'iox';

/** Every name and alias with its definition, by name. */
const names = allFunctions
  .flatMap((definition) =>
    [definition.name, ...(definition.aliases ?? [])].map((name) => ({ name, definition })),
  )
  .sort((a, b) => (a.name < b.name ? -1 : 1));

export const routines: VirtualTable = {
  name: 'routines',
  columns: () => routineColumns,
  *rows() {
    for (const { name, definition } of names) {
      const deterministic = definition.kind !== 'scalar' || definition.deterministic !== false;
      yield [
        CATALOG,
        SCHEMA,
        name,
        CATALOG,
        SCHEMA,
        name,
        'FUNCTION',
        deterministic,
        null,
        definition.kind.toUpperCase(),
        definition.doc,
        definition.signature,
      ];
    }
  },
};

export const parameters: VirtualTable = {
  name: 'parameters',
  columns: () => parameterColumns,
  *rows() {
    for (const { name, definition } of names) {
      for (const [index, parameter] of parameterNames(definition.signature).entries()) {
        const variadic = parameter === '…';
        yield [CATALOG, SCHEMA, name, index + 1, 'IN', parameter, null, null, variadic, 0];
      }
    }
  },
};

/** `date_bin(interval, time[, origin])` gives `interval`, `time`, `origin`. */
function parameterNames(signature: string): string[] {
  const inside = /\((.*)\)/s.exec(signature)?.[1] ?? '';
  return inside
    .replace(/[[\]]/g, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
