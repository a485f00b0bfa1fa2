/** The schema of a result in Parquet: its elements in depth-first order, and its leaves. */
import type { DataType, ResultColumn, TimeUnit } from '../../types.ts';
import { bool, i32, struct, type ThriftStruct, type ThriftValue, text } from './thrift.ts';

export const PHYSICAL = {
  boolean: 0,
  int32: 1,
  int64: 2,
  float: 4,
  double: 5,
  bytes: 6,
  fixed: 7,
} as const;

type PhysicalKind = keyof typeof PHYSICAL;

export interface Leaf {
  readonly path: readonly string[];
  readonly type: DataType;
  readonly physical: PhysicalKind;
  /** Bytes of a `fixed` value. */
  readonly width: number;
  /** Whether the value itself may be null, beside what it is nested in. */
  readonly optional: boolean;
  readonly maximumDefinition: number;
  readonly maximumRepetition: number;
}

export interface ParquetSchema {
  readonly elements: readonly ThriftStruct[];
  readonly leaves: readonly Leaf[];
}

const REQUIRED = 0;
const OPTIONAL = 1;
const REPEATED = 2;

const NANOSECONDS = struct({ 3: struct({}) });
const UNITS: Readonly<Record<TimeUnit, ThriftValue>> = {
  // Parquet has no seconds.
  second: struct({ 1: struct({}) }),
  millisecond: struct({ 1: struct({}) }),
  microsecond: struct({ 2: struct({}) }),
  nanosecond: NANOSECONDS,
};

interface Place {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repetition: number;
}

export function parquetSchema(columns: readonly ResultColumn[]): ParquetSchema {
  const elements: ThriftStruct[] = [{ 4: text('arrow_schema'), 5: i32(columns.length) }];
  const leaves: Leaf[] = [];
  const root: Place = { path: [], definition: 0, repetition: 0 };
  // Every column may be null: a file that says so is right even where the plan knows that none is.
  for (const { name, type } of columns) add(name, type, true, root);
  return { elements, leaves };

  function add(name: string, type: DataType, nullable: boolean, parent: Place): void {
    const path = [...parent.path, name];
    switch (type.kind) {
      case 'struct':
        elements.push({
          3: i32(type.optional === true ? OPTIONAL : REQUIRED),
          4: text(name),
          5: i32(type.fields.length),
        });
        for (const field of type.fields)
          add(field.name, field.type, true, {
            ...parent,
            path,
            definition: parent.definition + (type.optional === true ? 1 : 0),
          });
        return;
      case 'list':
        addRepeated(name, path, parent, type.optional === true, 'list', 3, [['item', type.item, true]]);
        return;
      case 'map':
        addRepeated(name, path, parent, type.optional === true, 'key_value', 2, [
          ['key', type.key, false],
          ['value', type.value, true],
        ]);
        return;
      default: {
        const definition = parent.definition + 1;
        const shape = leafShape(type);
        elements.push({
          1: i32(PHYSICAL[shape.physical]),
          ...(shape.width > 0 ? { 2: i32(shape.width) } : {}),
          3: i32(nullable ? OPTIONAL : REQUIRED),
          4: text(name),
          ...shape.annotation,
        });
        leaves.push({
          path,
          type,
          physical: shape.physical,
          width: shape.width,
          optional: nullable,
          maximumDefinition: nullable ? definition : parent.definition,
          maximumRepetition: parent.repetition,
        });
      }
    }
  }

  /** A group with a logical type, around a repeated one. */
  function addRepeated(
    name: string,
    path: readonly string[],
    parent: Place,
    optional: boolean,
    inner: string,
    logicalType: number,
    fields: readonly (readonly [name: string, type: DataType, nullable: boolean])[],
  ): void {
    const convertedType = inner === 'list' ? 3 : 1;
    elements.push({
      3: i32(optional ? OPTIONAL : REQUIRED),
      4: text(name),
      5: i32(1),
      6: i32(convertedType),
      10: struct({ [logicalType]: struct({}) }),
    });
    elements.push({ 3: i32(REPEATED), 4: text(inner), 5: i32(fields.length) });
    const place = {
      path: [...path, inner],
      definition: parent.definition + (optional ? 2 : 1),
      repetition: parent.repetition + 1,
    };
    for (const [fieldName, type, nullable] of fields) add(fieldName, type, nullable, place);
  }
}

interface LeafShape {
  readonly physical: PhysicalKind;
  readonly width: number;
  /** Converted and logical type. */
  readonly annotation: ThriftStruct;
}

const shape = (physical: PhysicalKind, annotation: ThriftStruct = {}, width = 0): LeafShape => ({
  physical,
  width,
  annotation,
});
const logical = (id: number, fields: ThriftStruct = {}) => ({ 10: struct({ [id]: struct(fields) }) });
const STRING = { 6: i32(0), ...logical(1) };

function leafShape(type: DataType): LeafShape {
  switch (type.kind) {
    case 'null':
      return shape('int32', logical(11));
    case 'boolean':
      return shape('boolean');
    case 'int':
    case 'uint': {
      const signed = type.kind === 'int';
      const converted = (signed ? 15 : 11) + Math.log2(type.bits / 8);
      const width: ThriftValue = { kind: 'byte', value: type.bits };
      const annotation = { 6: i32(converted), ...logical(10, { 1: width, 2: bool(signed) }) };
      return shape(type.bits === 64 ? 'int64' : 'int32', annotation);
    }
    case 'float':
      return shape(type.bits === 64 ? 'double' : 'float');
    case 'decimal': {
      const { precision, scale } = type;
      const annotation = {
        6: i32(5),
        7: i32(scale),
        8: i32(precision),
        ...logical(5, { 1: i32(scale), 2: i32(precision) }),
      };
      return shape('fixed', annotation, type.bits / 8);
    }
    case 'utf8':
      return shape('bytes', STRING);
    case 'dictionary':
      return leafShape(type.value);
    case 'binary':
      return shape('bytes');
    case 'date':
      return shape('int32', { 6: i32(6), ...logical(6) });
    case 'time':
      return shape('int64', logical(7, { 1: bool(false), 2: NANOSECONDS }));
    case 'timestamp':
      return shape('int64', logical(8, { 1: bool(type.zone !== null), 2: UNITS[type.unit] }));
    case 'duration':
      return shape('int64');
    case 'interval':
      // Months, days and milliseconds: all that Parquet can say.
      return shape('fixed', { 6: i32(21) }, 12);
    case 'list':
    case 'struct':
    case 'map':
      throw new TypeError(`${type.kind} is not a leaf`);
  }
}
