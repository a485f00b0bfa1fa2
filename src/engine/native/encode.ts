/** Blocks to ClickHouse's Native format. Source: ClickHouse, src/DataTypes/Serializations. */
import type { Block, BlockColumn } from './block.ts';
import { type NativeType, parseNativeType } from './type-parser.ts';
import { ByteWriter } from './writer.ts';

/** Encodes one block; the parts are to be written end to end. */
export function encodeBlock(block: Block): Uint8Array[] {
  const header = new ByteWriter(20);
  writeHeader(header, block.columns.length, block.rows);
  const columns = block.columns.map((column) => {
    const writer = new ByteWriter(block.rows * 9 + 256);
    writeColumn(writer, column, block.rows);
    return writer.finish();
  });
  return [header.finish(), ...columns];
}

/** What a block begins with; its columns follow, one by one. */
export function writeHeader(writer: ByteWriter, columns: number, rows: number): void {
  writer.varUint(columns);
  writer.varUint(rows);
}

/** One column of a block: for a caller that lets others run between two columns of a large block. */
export function writeColumn(writer: ByteWriter, column: BlockColumn, rows: number): void {
  writer.string(column.name);
  writer.string(column.type);
  if (rows === 0) return;
  const type = parseNativeType(column.type);
  writePrefix(writer, type);
  writeData(writer, type, column, rows);
}

/** Dictionary columns announce their version before the data, at every depth. */
function writePrefix(writer: ByteWriter, type: NativeType): void {
  if (type.kind === 'low_cardinality') writer.uint64(1);
  else if (type.kind === 'array') writePrefix(writer, type.item);
  else if (type.kind === 'tuple') for (const field of type.fields) writePrefix(writer, field.type);
  else if (type.kind === 'map') {
    writePrefix(writer, type.key);
    writePrefix(writer, type.value);
  }
}

function writeData(writer: ByteWriter, type: NativeType, column: BlockColumn, rows: number): void {
  const { vector } = column;
  if (type.kind === 'nullable') {
    writer.bytes(column.nulls ?? new Uint8Array(rows));
    writeData(writer, type.inner, column, rows);
    return;
  }
  if (type.kind === 'nothing') {
    writer.bytes(new Uint8Array(rows));
    return;
  }
  switch (vector.kind) {
    case 'fixed':
      writer.bytes(vector.bytes);
      return;
    case 'string':
      writer.strings(vector.bytes, vector.offsets, rows);
      return;
    case 'dictionary':
      writeDictionary(
        writer,
        vector.dictionary,
        vector.indexes,
        type.kind === 'low_cardinality' && type.nullable,
      );
      return;
    case 'array':
      writeOffsets(writer, vector.offsets, rows);
      if (type.kind === 'array') writeData(writer, type.item, vector.item, vector.offsets[rows]!);
      return;
    case 'map':
      writeOffsets(writer, vector.offsets, rows);
      if (type.kind !== 'map') return;
      writeData(writer, type.key, vector.key, vector.offsets[rows]!);
      writeData(writer, type.value, vector.value, vector.offsets[rows]!);
      return;
    case 'tuple':
      if (type.kind !== 'tuple') return;
      for (const [index, field] of type.fields.entries()) {
        writeData(writer, field.type, vector.fields[index]!, rows);
      }
      return;
    default:
      writer.array(vector.values);
  }
}

function writeOffsets(writer: ByteWriter, offsets: Uint32Array, rows: number): void {
  const wide = new BigUint64Array(rows);
  for (let row = 0; row < rows; row++) wide[row] = BigInt(offsets[row + 1]!);
  writer.array(wide);
}

/** A nullable dictionary's first two keys are the null and the default; an ordinary one's first is the default. */
function writeDictionary(
  writer: ByteWriter,
  dictionary: readonly (string | null)[],
  indexes: Uint32Array,
  nullable: boolean,
): void {
  if (indexes.length === 0) return;
  // Ours has the null at 0 (when nullable) and no default: keys from 1 on move up by one to make room for it.
  const keys = nullable ? ['', '', ...dictionary.slice(1)] : ['', ...dictionary];
  writeDictionarySize(writer, keys.length);
  for (const key of keys) writer.string(key ?? '');
  writeIndexes(writer, keys.length, indexes, nullable);
}

/** Of a column `LowCardinality(Nullable(String))`: its distinct texts, from number 1 on; 0 is the null. */
export interface TextDictionary {
  readonly size: number;
  /** Writes the text with this number, its length before it. */
  write(writer: ByteWriter, number: number): void;
}

/** Steps between which others may run: so many texts. */
const STEP_TEXTS = 4096;

/** One such column of a block, like `writeColumn`, but in steps: a large dictionary takes tens of milliseconds. */
export function* writeTexts(
  writer: ByteWriter,
  column: { readonly name: string; readonly type: string },
  dictionary: TextDictionary,
  indexes: Uint32Array,
): Generator<void> {
  writer.string(column.name);
  writer.string(column.type);
  if (indexes.length === 0) return;
  writePrefix(writer, parseNativeType(column.type));
  const size = dictionary.size + 1;
  writeDictionarySize(writer, size);
  writer.string('');
  writer.string('');
  for (let number = 1; number < dictionary.size; number++) {
    dictionary.write(writer, number);
    if (number % STEP_TEXTS === 0) yield;
  }
  yield;
  writeIndexes(writer, size, indexes, true);
}

const indexWidth = (keys: number): number => (keys <= 0x100 ? 0 : keys <= 0x10000 ? 1 : 2);

function writeDictionarySize(writer: ByteWriter, keys: number): void {
  writer.uint64(0x600 + indexWidth(keys));
  writer.uint64(keys);
}

function writeIndexes(writer: ByteWriter, keys: number, indexes: Uint32Array, nullable: boolean): void {
  writer.uint64(indexes.length);
  const width = indexWidth(keys);
  const shifted =
    width === 0
      ? new Uint8Array(indexes.length)
      : width === 1
        ? new Uint16Array(indexes.length)
        : new Uint32Array(indexes.length);
  for (let row = 0; row < indexes.length; row++) {
    const index = indexes[row]!;
    shifted[row] = nullable && index === 0 ? 0 : index + 1;
  }
  writer.array(shifted);
}
