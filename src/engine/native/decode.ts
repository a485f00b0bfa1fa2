/** ClickHouse's Native format to blocks. Source: ClickHouse, src/DataTypes/Serializations. */
import type { Block, BlockColumn, ColumnVector } from './block.ts';
import { ByteReader } from './reader.ts';
import { type NativeType, parseNativeType } from './type-parser.ts';

/** Decodes blocks that lie end to end; empty blocks (headers) are left out. */
export function decodeBlocks(bytes: Uint8Array): Block[] {
  const reader = new ByteReader(bytes);
  const blocks: Block[] = [];
  while (!reader.atEnd) {
    const columnCount = reader.varUint();
    const rows = reader.varUint();
    const columns: BlockColumn[] = [];
    for (let index = 0; index < columnCount; index++) {
      const name = reader.string();
      const type = reader.string();
      if (rows === 0) continue;
      const parsed = parseNativeType(type);
      readPrefix(reader, parsed);
      columns.push(readColumn(reader, name, type, parsed, rows));
    }
    if (rows > 0) blocks.push({ rows, columns });
  }
  return blocks;
}

function readPrefix(reader: ByteReader, type: NativeType): void {
  if (type.kind === 'low_cardinality' || type.kind === 'low_cardinality_scalar') reader.uint64();
  else if (type.kind === 'array') readPrefix(reader, type.item);
  else if (type.kind === 'tuple') for (const field of type.fields) readPrefix(reader, field.type);
  else if (type.kind === 'map') {
    readPrefix(reader, type.key);
    readPrefix(reader, type.value);
  }
}

function readColumn(
  reader: ByteReader,
  name: string,
  text: string,
  type: NativeType,
  rows: number,
): BlockColumn {
  if (type.kind === 'low_cardinality_scalar') {
    return { name, type: text, ...readScalarDictionary(reader, type.scalar, type.nullable, rows) };
  }
  if (type.kind !== 'nullable') return { name, type: text, vector: readVector(reader, type, rows) };
  const nulls = reader.bytes(rows);
  return { name, type: text, nulls, vector: readVector(reader, type.inner, rows) };
}

function readVector(reader: ByteReader, type: NativeType, rows: number): ColumnVector {
  switch (type.kind) {
    case 'scalar':
      return reader.scalars(type.name, rows);
    case 'fixed':
      return { kind: 'fixed', width: type.width, bytes: reader.bytes(type.width * rows) };
    case 'string':
      return reader.strings(rows);
    case 'nothing':
      return { kind: 'uint8', values: reader.bytes(rows) };
    case 'nullable':
    case 'low_cardinality_scalar':
      throw new TypeError('a nullable type inside a nullable one');
    case 'low_cardinality':
      return readDictionary(reader, type.nullable, rows);
    case 'array': {
      const offsets = reader.offsets(rows);
      return {
        kind: 'array',
        offsets,
        item: readColumn(reader, '', type.itemText, type.item, offsets[rows]!),
      };
    }
    case 'tuple':
      return {
        kind: 'tuple',
        fields: type.fields.map((field) => readColumn(reader, field.name, field.text, field.type, rows)),
      };
    case 'map': {
      const offsets = reader.offsets(rows);
      const key = readColumn(reader, '', type.keyText, type.key, offsets[rows]!);
      return {
        kind: 'map',
        offsets,
        key,
        value: readColumn(reader, '', type.valueText, type.value, offsets[rows]!),
      };
    }
  }
}

/** Gives a dictionary whose index 0 is the null of a nullable type, whatever the block's own numbering. */
function readDictionary(reader: ByteReader, nullable: boolean, rows: number): ColumnVector {
  if (rows === 0) return { kind: 'dictionary', dictionary: [null], indexes: new Uint32Array(0) };
  const width = Number(reader.uint64() & 0xffn);
  const keyCount = Number(reader.uint64());
  const dictionary: (string | null)[] = [];
  for (let key = 0; key < keyCount; key++) dictionary.push(reader.string());
  if (nullable && keyCount > 0) dictionary[0] = null;
  const count = Number(reader.uint64());
  return { kind: 'dictionary', dictionary, indexes: reader.indexes(width, count) };
}

/** Each row's value taken out of the dictionary; index 0 is the null of a nullable type. */
function readScalarDictionary(
  reader: ByteReader,
  scalar: string,
  nullable: boolean,
  rows: number,
): { vector: ColumnVector; nulls?: Uint8Array } {
  if (rows === 0) return { vector: reader.scalars(scalar, 0), ...(nullable && { nulls: new Uint8Array(0) }) };
  const width = Number(reader.uint64() & 0xffn);
  const keys = reader.scalars(scalar, Number(reader.uint64()));
  const indexes = reader.indexes(width, Number(reader.uint64()));
  if (!('values' in keys)) throw new TypeError(`unknown scalar ${scalar}`);
  const dictionary: typeof keys.values = keys.values;
  const values = new (dictionary.constructor as new (length: number) => typeof dictionary)(rows);
  for (let row = 0; row < rows; row++) values[row] = dictionary[indexes[row]!]!;
  const vector = { ...keys, values } as ColumnVector;
  if (!nullable) return { vector };
  return { vector, nulls: Uint8Array.from(indexes, (index) => (index === 0 ? 1 : 0)) };
}
