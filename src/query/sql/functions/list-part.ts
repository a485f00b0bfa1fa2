/** Items and parts of lists. Positions start at 1; negative ones count from the end. */
import type { ScalarFunction } from './definition.ts';
import { bind, itemAt, listAliases, listFunction, listOf } from './list-support.ts';
import { isNotNullSql, isOptional, optional } from './optional.ts';
import { isNested } from './support.ts';

/** A slice by positions that may be negative, as Postgres and DuckDB cut. */
function slice(list: string, from: string, to: string, stride: bigint): string {
  const length = `toInt64(length(${list}))`;
  const first = `if(${from} < 0, greatest(${length} + ${from} + 1, 1), greatest(${from}, 1))`;
  const last = `if(${to} < 0, ${length} + ${to} + 1, least(${to}, ${length}))`;
  if (stride > 0n) {
    const cut = `arraySlice(${list}, ${first}, greatest(${last} - ${first} + 1, 0))`;
    return stride === 1n ? cut : everyNth(cut, stride);
  }
  const cut = `arrayReverse(arraySlice(${list}, ${last}, greatest(least(${first}, ${length}) - ${last} + 1, 0)))`;
  return stride === -1n ? cut : everyNth(cut, -stride);
}

const everyNth = (list: string, n: bigint): string =>
  `arrayFilter((i, p) -> (p - 1) % ${n} = 0, ${list}, arrayEnumerate(${list}))`;

export const listPartFunctions: readonly ScalarFunction[] = [
  listFunction({
    name: 'array_slice',
    aliases: listAliases('array_slice'),
    signature: 'array_slice(list, from, to[, stride])',
    doc: 'The items from one position to another, both included; `list[from:to]` is the same.',
    parameters: ['list', 'integer', 'integer', 'integer'],
    required: 3,
    result: listOf,
    strictAt: [1, 2],
    nameOf: ([list, ...places]) => `${list}[${places.join(':')}]`,
    print(args, _item, context) {
      const [list, from, to, stride] = args;
      const constant = stride?.constant;
      if (stride !== undefined && constant?.kind !== 'integer')
        return context.fail('The stride of array_slice must be a constant integer');
      const step = constant?.kind === 'integer' ? constant.value : 1n;
      if (step === 0n) context.fail('array_slice got invalid stride: 0, it cannot be 0');
      const [first, last] = [`assumeNotNull(${from!.sql})`, `assumeNotNull(${to!.sql})`];
      return bind(list!.sql, (name) => slice(name, first, last, step), context);
    },
  }),
  listFunction({
    name: 'array_element',
    aliases: listAliases('array_element', ['array_extract', 'list_extract']),
    signature: 'array_element(list, position)',
    doc: 'The item at the position, null beyond the list; `list[position]` is the same.',
    parameters: ['list', 'integer'],
    result: optional,
    strictAt: [1],
    nameOf: ([list, at]) => `${list}[${at}]`,
    print: ([list, at], item) => itemAt(list!.sql, `assumeNotNull(${at!.sql})`, item),
  }),
  listFunction({
    name: 'array_pop_back',
    aliases: listAliases('array_pop_back'),
    signature: 'array_pop_back(list)',
    doc: 'The list without its last item.',
    parameters: ['list'],
    result: listOf,
    print: ([list]) => `arrayPopBack(${list!.sql})`,
  }),
  listFunction({
    name: 'array_pop_front',
    aliases: listAliases('array_pop_front'),
    signature: 'array_pop_front(list)',
    doc: 'The list without its first item.',
    parameters: ['list'],
    result: listOf,
    print: ([list]) => `arrayPopFront(${list!.sql})`,
  }),
  listFunction({
    name: 'array_any_value',
    aliases: listAliases('array_any_value'),
    signature: 'array_any_value(list)',
    doc: 'The first item that is not null.',
    parameters: ['list'],
    result: optional,
    print([list], item, context) {
      const name = context.freshName();
      const values = `arrayFilter(${name} -> ${isNotNullSql(item, name)}, ${list!.sql})`;
      return isNested(item) && !isOptional(item)
        ? `arraySlice(${list!.sql}, 1, 1)`
        : `arrayElementOrNull(${values}, 1)`;
    },
  }),
];
