/** Lists, structs and maps: JSON arrays and objects, or `[a, b]` and `{k: v}` in the display form. */
import type { BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import type { DataType } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import type { Cell, CellStyle, RowWriter } from './cell.ts';

type MakeCell = (sink: ByteSink, type: DataType, column: BlockColumn, style: CellStyle) => Cell;
type NestedType = Extract<DataType, { kind: 'list' | 'struct' | 'map' }>;

/** `makeCell` comes in as a parameter because cells nest: the two files would need each other. */
export function nestedWriter(
  sink: ByteSink,
  type: NestedType,
  vector: ColumnVector,
  style: 'json' | 'text',
  makeCell: MakeCell,
): RowWriter {
  if (type.kind === 'list' && vector.kind === 'array')
    return listWriter(sink, makeCell(sink, type.item, vector.item, style), vector.offsets, style);
  if (type.kind === 'struct' && vector.kind === 'tuple') {
    const fields = type.fields.map((field, index) => ({
      name: field.name,
      cell: makeCell(sink, field.type, vector.fields[index]!, style),
    }));
    return structWriter(sink, fields, style);
  }
  if (type.kind === 'map' && vector.kind === 'map') {
    const key = makeCell(sink, type.key, vector.key, style);
    const value = makeCell(sink, type.value, vector.value, style);
    return mapWriter(sink, key, value, vector.offsets, style, type.key.kind);
  }
  throw new TypeError(`expected a ${type.kind} from the engine, got a vector of ${vector.kind}`);
}

function listWriter(sink: ByteSink, item: Cell, offsets: Uint32Array, style: 'json' | 'text'): RowWriter {
  const separator = style === 'json' ? ',' : ', ';
  return (row) => {
    const from = offsets[row]!;
    const to = offsets[row + 1]!;
    sink.ascii('[');
    for (let index = from; index < to; index++) {
      if (index > from) sink.ascii(separator);
      if (item.nulls?.[index] !== 1) item.write(index);
      else if (style === 'json') sink.ascii('null');
    }
    sink.ascii(']');
  };
}

function structWriter(
  sink: ByteSink,
  fields: readonly { readonly name: string; readonly cell: Cell }[],
  style: 'json' | 'text',
): RowWriter {
  const keys = fields.map(({ name }) =>
    Buffer.from(style === 'json' ? `${JSON.stringify(name)}:` : `${name}: `, 'utf8'),
  );
  return (row) => {
    let written = 0;
    sink.ascii('{');
    fields.forEach(({ cell }, index) => {
      const isNull = cell.nulls?.[row] === 1;
      if (isNull && style === 'json') return;
      if (written++ > 0) sink.ascii(style === 'json' ? ',' : ', ');
      sink.bytes(keys[index]!, 0, keys[index]!.length);
      if (!isNull) cell.write(row);
    });
    sink.ascii('}');
  };
}

function mapWriter(
  sink: ByteSink,
  key: Cell,
  value: Cell,
  offsets: Uint32Array,
  style: 'json' | 'text',
  keyKind: DataType['kind'],
): RowWriter {
  // JSON keys are strings: numbers and booleans get quotes, the others have theirs already.
  const bare = keyKind === 'int' || keyKind === 'uint' || keyKind === 'float' || keyKind === 'boolean';
  const quote = style === 'json' && (bare || keyKind === 'decimal') ? '"' : '';
  return (row) => {
    let written = 0;
    sink.ascii('{');
    for (let index = offsets[row]!; index < offsets[row + 1]!; index++) {
      const isNull = value.nulls?.[index] === 1;
      if (isNull && style === 'json') continue;
      if (written++ > 0) sink.ascii(style === 'json' ? ',' : ', ');
      sink.ascii(quote);
      key.write(index);
      sink.ascii(quote);
      sink.ascii(style === 'json' ? ':' : ': ');
      if (!isNull) value.write(index);
    }
    sink.ascii('}');
  };
}
