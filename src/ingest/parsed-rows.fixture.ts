/** What was parsed as plain objects, for tests to compare. */
import type { FieldColumn } from './field-column.ts';
import { joinHalves } from './lineprotocol/int64.ts';
import type { ParsedRequest } from './parse-request.ts';
import { columnsOf } from './row-range.ts';

function fieldValue(column: FieldColumn, row: number): unknown {
  if (column.present[row] !== 1) return undefined;
  switch (column.type) {
    case 'float':
      return column.floats[row];
    case 'boolean':
      return column.booleans[row] === 1;
    case 'string':
      return Buffer.from(column.bytes.subarray(column.stringStart(row), column.ends[row])).toString();
    default: {
      const value = joinHalves(column.halves[row * 2]!, column.halves[row * 2 + 1]!);
      return column.type === 'integer' ? value : BigInt.asUintN(64, value);
    }
  }
}

/** All rows as plain objects, per table. */
export function rowsOf(parsed: ParsedRequest) {
  return parsed.tables.flatMap((table) =>
    [...table.parts(Number.POSITIVE_INFINITY)].map(columnsOf).flatMap(({ keys, times, fields }) =>
      keys.map((key, row) => ({
        table: table.name,
        tags: Object.fromEntries(key.tagNames.map((name, index) => [name, key.tagValues[index]])),
        fields: Object.fromEntries(
          [...fields.values()].flatMap((column) => {
            const value = fieldValue(column, row);
            return value === undefined ? [] : [[column.name, value]];
          }),
        ),
        time: joinHalves(times[row * 2]!, times[row * 2 + 1]!),
      })),
    ),
  );
}
