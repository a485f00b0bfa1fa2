/** `information_schema.routines` and `parameters`: the one table of functions, listed. */
import type { FunctionDefinition } from '../../sql/functions/definition.ts';
import { allFunctions } from '../../sql/functions/registry.ts';
import { type FunctionSignature, signaturesOf } from '../../sql/functions/signatures.ts';
import { BOOLEAN, columnsOf, orNull, UINT8, UINT64, UTF8, type VirtualTable } from '../virtual-table.ts';
import { CATALOG } from './catalogue.ts';

const routineColumns = columnsOf({
  specific_catalog: UTF8,
  specific_schema: UTF8,
  specific_name: UTF8,
  routine_catalog: UTF8,
  routine_schema: UTF8,
  routine_name: UTF8,
  routine_type: UTF8,
  is_deterministic: orNull(BOOLEAN),
  // Null where only the query around the call tells.
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
  rid: UINT8,
});

const SCHEMA = 'iox';

interface NamedFunction {
  readonly name: string;
  readonly definition: FunctionDefinition;
  readonly signatures: readonly FunctionSignature[];
}

let named: readonly NamedFunction[] | undefined;

/** Every name and alias with its definition, by name; made when first asked for. */
function functions(): readonly NamedFunction[] {
  named ??= allFunctions
    .flatMap((definition) => {
      const signatures = signaturesOf(definition);
      const names = [definition.name, ...(definition.aliases ?? [])];
      return names.map((name) => ({ name, definition, signatures }));
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return named;
}

/** As in DataFusion: a row for each type that a function gives. */
export const routines: VirtualTable = {
  name: 'routines',
  columns: () => routineColumns,
  *rows() {
    for (const { name, definition, signatures } of functions()) {
      const deterministic = definition.kind !== 'scalar' || definition.deterministic !== false;
      for (const result of new Set(signatures.map((signature) => signature.result)))
        yield [
          CATALOG,
          SCHEMA,
          name,
          CATALOG,
          SCHEMA,
          name,
          'FUNCTION',
          deterministic,
          result,
          definition.kind.toUpperCase(),
          definition.doc,
          definition.signature,
        ];
    }
  },
};

/** As in DataFusion: the arguments of each way to call, `IN`, and what it gives, `OUT`; `rid` is the way's number. */
export const parameters: VirtualTable = {
  name: 'parameters',
  columns: () => parameterColumns,
  *rows() {
    for (const { name, signatures } of functions())
      for (const [way, signature] of signatures.entries()) {
        for (const [index, { name: parameter, type, variadic }] of signature.parameters.entries())
          yield [CATALOG, SCHEMA, name, index + 1, 'IN', parameter, type, null, variadic, way];
        yield [CATALOG, SCHEMA, name, 1, 'OUT', null, signature.result, null, false, way];
      }
  },
};
