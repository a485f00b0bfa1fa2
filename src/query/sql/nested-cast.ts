/** Casts of lists and structs, item by item and field by field. */
import { nullableEngineType } from '../representation.ts';
import type { DataType } from '../types.ts';
import { depthOf } from './functions/list-support.ts';
import { plain, sameType } from './functions/support.ts';

type Render = (sql: string) => string;
type Convert = (source: DataType, target: DataType) => Render | undefined;
type ListType = Extract<DataType, { kind: 'list' }>;
type StructType = Extract<DataType, { kind: 'struct' }>;

/** Texts, tags and bytes are carried alike. */
const isCarriedAlike = (source: DataType, target: DataType): boolean =>
  sameType(source, target) || [source, target].every(({ kind }) => kind === 'utf8' || kind === 'binary');

const whole = (sql: string, type: DataType): string => `CAST(${sql} AS ${nullableEngineType(type)})`;

export function toList(source: ListType, target: ListType, convert: Convert): Render | undefined {
  const [from, to] = [plain(source.item), plain(target.item)];
  if (isCarriedAlike(from, to) || from.kind === 'null') return (sql) => whole(sql, target);
  const item = convert(from, to);
  const name = `item${depthOf(target)}`;
  return item && ((sql) => whole(`arrayMap(${name} -> ${item(name)}, ${sql})`, target));
}

/** Fields by their place, whatever they are called. */
export function toStruct(source: StructType, target: StructType, convert: Convert): Render | undefined {
  if (source.fields.length !== target.fields.length) return undefined;
  const fields = source.fields.map((field, index) => {
    const [from, to] = [plain(field.type), plain(target.fields[index]!.type)];
    return isCarriedAlike(from, to) || from.kind === 'null' ? (sql: string) => sql : convert(from, to);
  });
  if (fields.includes(undefined)) return undefined;
  return (sql) =>
    whole(`tuple(${fields.map((field, i) => field!(`tupleElement(${sql}, ${i + 1})`)).join(', ')})`, target);
}
