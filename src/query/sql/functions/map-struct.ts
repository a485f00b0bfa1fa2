/** Maps and structs. */
import { engineType, nullableEngineType } from '../../representation.ts';
import { type DataType, INT64, UTF8 } from '../../types.ts';
import type {
  BoundArgument,
  ConstantValue,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { asItem, listOf } from './list-support.ts';
import { isOptional, optional } from './optional.ts';
import { commonType, constantText, isNested, noMatch, plain } from './support.ts';

const MAPS = 'Map';
const STRUCTS = 'Struct';

const mapOf = (key: DataType, value: DataType): DataType => ({
  kind: 'map',
  key: key.kind === 'null' ? UTF8 : key,
  value: value.kind === 'null' ? INT64 : value,
});

/** Two lists, or pairs of key and value. */
const fromLists = (args: readonly BoundArgument[]): boolean =>
  args.length === 2 && args.every((argument) => argument.type.kind === 'list');

function mapType(name: string, args: readonly BoundArgument[], context: TypeContext): DataType {
  if (fromLists(args)) {
    const [keys, values] = args.map((argument) => (argument.type as { item: DataType }).item);
    return isNested(keys!) ? noMatch(name, args, context) : mapOf(plain(keys!), plain(values!));
  }
  if (name === 'map' || args.length === 0 || args.length % 2 !== 0) return noMatch(name, args, context);
  const key = commonType(args.filter((_, index) => index % 2 === 0).map((argument) => argument.type));
  const value = commonType(args.filter((_, index) => index % 2 === 1).map((argument) => argument.type));
  if (key === undefined || value === undefined || isNested(key)) return noMatch(name, args, context);
  return mapOf(key, value);
}

/** Checks what the engine does not: keys that are null or twice, and lists of different length. */
function checkedMap(keys: string, values: string, context: PrintContext): string {
  const item = context.freshName();
  const raise = (condition: string, message: string): string =>
    `throwIf(${condition}, ${context.stringLiteral(`Execution error: ${message}`)}) = 1`;
  const checks = [
    raise(`length(${keys}) != length(${values})`, 'map requires key and value lists to have the same length'),
    raise(`arrayExists(${item} -> isNull(${item}), ${keys})`, 'map key cannot be null'),
    raise(`length(arrayDistinct(${keys})) != length(${keys})`, 'map key must be unique, duplicate key found'),
  ];
  const bare = `arrayMap(${item} -> assumeNotNull(${item}), ${keys})`;
  const engine = engineType(context.resultType);
  return `CAST(mapFromArrays(if(${checks.join(' OR ')}, [], ${bare}), ${values}) AS ${engine})`;
}

/** Engine SQL of a key's value, null where it is not found. */
export function valueAt(map: string, key: string, found: string, value: DataType): string {
  const there = `arrayElement(${map}, ${key})`;
  if (!isNested(value)) return `if(${found}, ${there}, NULL)`;
  return isOptional(value) ? `if(${found}, ${there}, [])` : `if(${found}, [${there}], [])`;
}

/** Pairs are shown as the lists that they become. */
export const mapName = (keys: readonly string[], values: readonly string[]): string =>
  `map(make_array(${keys.join(',')}),make_array(${values.join(',')}))`;

/** A literal key, or the name of a field, is shown bare. */
export function fieldName(name: string, value: ConstantValue | undefined): string {
  if (value === undefined || !('value' in value)) return name;
  const quote = value.kind === 'string' ? '"' : '';
  return name.endsWith(`(${quote}${value.value}${quote})`) && !name.includes(' + ')
    ? String(value.value)
    : name;
}

function maker(name: 'map' | 'make_map', signature: string): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    family: MAPS,
    signature,
    doc: 'A map of keys and values; keys must be unique and not null.',
    nameOf: (names, args) =>
      fromLists(args)
        ? `${name}(${names.join(',')})`
        : mapName(
            names.filter((_, index) => index % 2 === 0),
            names.filter((_, index) => index % 2 === 1),
          ),
    type: (args, context) => mapType(name, args, context),
    nulls: () => 'kept',
    coerce(args, context) {
      const type = mapType(name, args, context) as Extract<DataType, { kind: 'map' }>;
      if (fromLists(args)) return [listOf(type.key), listOf(type.value)];
      return args.map((_, index) => (index % 2 === 0 ? type.key : type.value));
    },
    print(args, context) {
      if (fromLists(args)) return checkedMap(args[0]!.sql, args[1]!.sql, context);
      const type = context.resultType as Extract<DataType, { kind: 'map' }>;
      const part = (rest: number, item: DataType): string =>
        `CAST([${args
          .filter((_, index) => index % 2 === rest)
          .map(asItem)
          .join(', ')}] AS ${nullableEngineType(listOf(item))})`;
      return checkedMap(part(0, type.key), part(1, type.value), context);
    },
  };
}

const mapPart = (
  name: string,
  doc: string,
  result: (type: Extract<DataType, { kind: 'map' }>) => DataType,
  print: (map: string, context: PrintContext) => string,
): ScalarFunction => ({
  kind: 'scalar',
  name,
  family: MAPS,
  signature: `${name}(map)`,
  doc,
  type: (args, context) => {
    const type = args[0]?.type;
    return args.length === 1 && type?.kind === 'map' ? result(type) : noMatch(name, args, context);
  },
  print: ([map], context) => `CAST(${print(map!.sql, context)} AS ${engineType(context.resultType)})`,
});

const extract: ScalarFunction = {
  kind: 'scalar',
  name: 'map_extract',
  aliases: ['element_at'],
  family: MAPS,
  signature: 'map_extract(map, key)',
  doc: 'A list with the value of the key, or an empty list. `map[key]` gives the value itself.',
  type(args, context) {
    const type = args[0]?.type;
    return args.length === 2 && type?.kind === 'map'
      ? listOf(type.value)
      : noMatch('map_extract', args, context);
  },
  coerce: ([map]) => [undefined, map?.type.kind === 'map' ? map.type.key : undefined],
  print([map, key], context) {
    const [value, found] = [
      `assumeNotNull(${key!.sql})`,
      `mapContains(${map!.sql}, assumeNotNull(${key!.sql}))`,
    ];
    const present = key!.nullable ? `isNotNull(${key!.sql}) AND ${found}` : found;
    return `CAST(if(${present}, [arrayElement(${map!.sql}, ${value})], []) AS ${engineType(context.resultType)})`;
  },
};

type Fields = readonly { readonly name: string; readonly type: DataType }[];

const fieldType = (argument: BoundArgument): DataType =>
  argument.type.kind === 'null' ? INT64 : plain(argument.type);

const printStruct = (values: readonly PrintedArgument[], context: PrintContext): string =>
  `CAST(tuple(${values.map(asItem).join(', ')}) AS ${engineType(context.resultType)})`;

function namedFields(args: readonly BoundArgument[], context: TypeContext): Fields {
  if (args.length === 0 || args.length % 2 !== 0)
    context.fail(`named_struct requires at least one pair of arguments, got ${args.length} instead`);
  const names = new Set<string>();
  return args.flatMap((argument, index) => {
    if (index % 2 === 1) return [];
    const name = constantText(argument, 'The name of a field of named_struct', context);
    if (names.has(name)) context.fail(`a struct has more than one field named '${name}'`);
    names.add(name);
    if (name === '') context.fail('The name of a field of named_struct must not be empty');
    return [
      {
        name,
        type: fieldType(args[index + 1]!),
      },
    ];
  });
}

const getField: ScalarFunction = {
  kind: 'scalar',
  name: 'get_field',
  family: STRUCTS,
  signature: "get_field(struct, 'name')",
  doc: "A field of a struct, or the value of a key of a map; `struct['name']` is the same.",
  type(args, context) {
    const owner = args[0]?.type;
    if (args.length !== 2 || owner === undefined) return noMatch('get_field', args, context);
    if (owner.kind === 'map') return optional(owner.value);
    if (owner.kind !== 'struct') return noMatch('get_field', args, context);
    const name = constantText(args[1], 'The name of the field', context);
    const field = owner.fields.find((candidate) => candidate.name === name);
    return field?.type ?? context.fail(`Field ${name} not found in struct`);
  },
  nameOf: ([owner, key], args) => `${owner}[${fieldName(key!, args[1]?.constant)}]`,
  coerce: ([owner]) => [undefined, owner?.type.kind === 'map' ? owner.type.key : undefined],
  print([owner, name], context) {
    if (owner!.type.kind === 'struct') {
      const wanted = constantText(name, 'The name of the field', context);
      const index = owner!.type.fields.findIndex((candidate) => candidate.name === wanted);
      return `tupleElement(${owner!.sql}, ${index + 1})`;
    }
    const key = `assumeNotNull(${name!.sql})`;
    const { value } = owner!.type as { value: DataType };
    return valueAt(owner!.sql, key, `isNotNull(${name!.sql}) AND mapContains(${owner!.sql}, ${key})`, value);
  },
};

export const mapFunctions: readonly ScalarFunction[] = [
  maker('map', 'map(keys, values)'),
  maker('make_map', 'make_map(keys, values) or make_map(key, value[, …])'),
  extract,
  mapPart(
    'map_keys',
    'The keys as a list.',
    (type) => listOf(type.key),
    (map) => `mapKeys(${map})`,
  ),
  mapPart(
    'map_values',
    'The values as a list.',
    (type) => listOf(type.value),
    (map) => `mapValues(${map})`,
  ),
  mapPart(
    'map_entries',
    'The entries as a list of structs with the fields `key` and `value`.',
    (type) =>
      listOf({
        kind: 'struct',
        fields: [
          { name: 'key', type: type.key },
          { name: 'value', type: type.value },
        ],
      }),
    (map) => `arrayZip(mapKeys(${map}), mapValues(${map}))`,
  ),
];

export const structFunctions: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'struct',
    aliases: ['row'],
    family: STRUCTS,
    signature: 'struct(value[, …])',
    doc: 'A struct with the fields c0, c1 and so on.',
    type: (args, context) =>
      args.length === 0
        ? noMatch('struct', args, context)
        : {
            kind: 'struct',
            fields: args.map((argument, index) => ({ name: `c${index}`, type: fieldType(argument) })),
          },
    nulls: () => 'kept',
    coerce: (args) => args.map(fieldType),
    print: printStruct,
  },
  {
    kind: 'scalar',
    name: 'named_struct',
    family: STRUCTS,
    signature: "named_struct('name', value[, …])",
    doc: 'A struct with the named fields.',
    type: (args, context) => ({ kind: 'struct', fields: namedFields(args, context) }),
    nulls: () => 'kept',
    coerce: (args) => args.map((argument, index) => (index % 2 === 1 ? fieldType(argument) : undefined)),
    print: (args, context) =>
      printStruct(
        args.filter((_, index) => index % 2 === 1),
        context,
      ),
  },
  getField,
];
