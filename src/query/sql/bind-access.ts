/** Fields of structs, items of lists and maps; literals of the three. */
import { nullableEngineType } from '../representation.ts';
import { type DataType, INT64, UTF8 } from '../types.ts';
import { type AstNode, type AstValue, identifier, list, node, variant } from './ast.ts';
import { integerConstant } from './bind-literal.ts';
import { callFunction } from './call-function.ts';
import { cast } from './cast.ts';
import type { Environment } from './environment.ts';
import { asValue, call, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { itemAt } from './functions/list-support.ts';
import { fieldName, mapName, valueAt } from './functions/map-struct.ts';
import { isOptional, opened, optional, present } from './functions/optional.ts';
import { isInteger, isNested, isText, plain } from './functions/support.ts';
import { stringLiteral } from './literals.ts';
import { errors, type Position, where } from './sql-errors.ts';
import { unionOf } from './type-rules.ts';

type Bind = (value: AstValue | undefined) => Expression;

export function namedField(owner: Expression, field: string, place?: Position): Expression {
  if (owner.type.kind !== 'struct')
    throw errors.planning(`${owner.name} is no struct, it has no field '${field}'${where(place)}`);
  const index = owner.type.fields.findIndex((candidate) => candidate.name === field);
  if (index < 0)
    throw errors.planning(
      `Field ${field} not found in struct ${owner.name}: it has ${owner.type.fields.map((f) => f.name).join(', ')}${where(place)}`,
    );
  const alone = owner.field?.(field);
  if (alone !== undefined) return alone;
  const { type } = owner.type.fields[index]!;
  const name = `${owner.name}[${field}]`;
  if (!isOptional(owner.type))
    return call(type, name, [owner], ([x]) => `tupleElement(${x}, ${index + 1})`, { nullable: true });
  // Of no struct there is no field: a list of none or one, as the struct.
  const found = isNested(type) && !isOptional(type);
  return call(
    optional(type),
    name,
    [owner],
    ([x]) =>
      found
        ? `arrayMap(owner -> tupleElement(owner, ${index + 1}), ${x})`
        : `tupleElement(${opened(x!)}, ${index + 1})`,
    { nullable: true },
  );
}

/** `x['field']`, `t.x['field']`, `list[1]`, `map['key']`, `list[1:2]`, `(struct).field`. */
export function fieldAccess(
  body: AstNode,
  bindName: (parts: readonly string[]) => Expression,
  bind: Bind,
  environment: Environment,
): Expression {
  const chain = [...list(body.access_chain)];
  const names = leadingNames(body.root, chain);
  let current = names.length > 1 ? bindName(names) : bind(body.root);
  for (const step of chain) {
    const [kind, content] = variant(step);
    if (kind === 'Dot') {
      const [form, name] = variant(content);
      if (form !== 'Identifier') throw errors.notImplemented('this form of access to a field');
      current = namedField(current, identifier(name));
      continue;
    }
    const [form, parts] = variant(content);
    if (form === 'Index') current = subscript(current, bind(node(parts).index));
    else {
      const slice = node(parts);
      const given = (bound: AstValue | undefined): boolean => (bound ?? null) !== null;
      const { lower_bound: lower, upper_bound: upper, stride } = slice;
      if (given(stride) && !(given(lower) && given(upper)))
        throw errors.notImplemented('a slice of a list with a step and an open end');
      // The last item is -1 from the end.
      const bounds = [
        given(lower) ? bind(lower) : integerConstant(1n),
        given(upper) ? bind(upper) : integerConstant(-1n),
        given(stride) ? bind(stride) : integerConstant(1n),
      ];
      current = callFunction('array_slice', [current, ...bounds], environment);
    }
  }
  return current;
}

/** What a chain starts with may be a qualified column: those steps are taken off it. */
function leadingNames(root: AstValue | undefined, chain: AstValue[]): string[] {
  const [kind, content] = variant(root);
  if (kind !== 'Identifier' && kind !== 'CompoundIdentifier') return [];
  const names = kind === 'Identifier' ? [identifier(content)] : list(content).map(identifier);
  while (chain[0] !== undefined) {
    const [step, access] = variant(chain[0]);
    if (step !== 'Dot') break;
    const [form, name] = variant(access);
    if (form !== 'Identifier') break;
    names.push(identifier(name));
    chain.shift();
  }
  return names;
}

function subscript(owner: Expression, index: Expression): Expression {
  const name = `${owner.name}[${owner.type.kind === 'list' ? index.name : fieldName(index.name, index.constant)}]`;
  switch (owner.type.kind) {
    case 'struct':
      if (index.constant?.kind !== 'string') break;
      return namedField(owner, index.constant.value);
    case 'list':
      if (!isInteger(plain(index.type))) break;
      return call(
        optional(owner.type.item),
        name,
        [cast(owner, present(owner.type)), cast(index, INT64)],
        ([x, i]) => itemAt(x!, i!, (owner.type as { item: DataType }).item),
        { nullable: true },
      );
    case 'map': {
      const { key, value } = owner.type;
      const found = ([m, k]: readonly string[]): string => valueAt(m!, k!, `mapContains(${m}, ${k})`, value);
      return call(optional(value), name, [cast(owner, present(owner.type)), cast(index, key)], found, {
        nullable: true,
      });
    }
  }
  throw errors.planning(
    `The expression to get an indexed field is only valid for \`List\`, \`Struct\`, or \`Map\` types, got ${arrowTypeText(owner.type)}[${arrowTypeText(index.type)}]`,
  );
}

function commonType(items: readonly Expression[], what: string): DataType {
  const type = unionOf(items.map((item) => plain(item.type)));
  if (type === undefined)
    throw errors.planning(
      `The items of ${what} have no common type: ${items.map((item) => arrowTypeText(item.type)).join(', ')}`,
    );
  return type.kind === 'null' ? INT64 : type;
}

export function arrayLiteral(items: readonly Expression[], environment: Environment): Expression {
  if (environment.query.context.functions.lookup('make_array') !== undefined)
    return callFunction('make_array', items, environment);
  const item = commonType(items, 'a list');
  const type: DataType = { kind: 'list', item };
  return call(
    type,
    `make_array(${items.map((part) => part.name).join(',')})`,
    items.map((part) => asValue(cast(part, item))),
    (sql) => `CAST([${sql.join(', ')}] AS ${nullableEngineType(type)})`,
    { nullable: false },
  );
}

export function structLiteral(fields: readonly (readonly [string, Expression])[]): Expression {
  if (fields.length === 0) throw errors.planning('a struct needs at least one field');
  const names = new Set<string>();
  for (const [name] of fields) {
    if (names.has(name)) throw errors.planning(`a struct has more than one field named '${name}'`);
    names.add(name);
  }
  const type: DataType = {
    kind: 'struct',
    fields: fields.map(([name, value]) => ({ name, type: value.type })),
  };
  return call(
    type,
    `named_struct(${fields.map(([name, value]) => `Utf8("${name}"),${value.name}`).join(',')})`,
    fields.map(([, value]) => asValue(value)),
    (sql) => `CAST(tuple(${sql.join(', ')}) AS ${nullableEngineType(type)})`,
    { nullable: false },
  );
}

/** `struct(a, b AS name)`: fields without a name are called c0, c1, … */
export function structCall(values: readonly AstValue[], bind: Bind): Expression {
  const named = values.map((value, index): readonly [string, Expression] => {
    const [kind, content] = variant(value);
    return kind === 'Named'
      ? [identifier(node(content).name), bind(node(content).expr)]
      : [`c${index}`, bind(value)];
  });
  const literal = structLiteral(named);
  if (values.some((value) => variant(value)[0] === 'Named')) return literal;
  return { ...literal, name: `struct(${named.map(([, value]) => value.name).join(',')})` };
}

/** A null key fails the statement. */
function presentKey(sql: string): string {
  const message = stringLiteral('Execution error: map key cannot be null');
  return `if(throwIf(isNull(${sql}), ${message}) = 0, assumeNotNull(${sql}), assumeNotNull(${sql}))`;
}

export function mapLiteral(entries: readonly (readonly [Expression, Expression])[]): Expression {
  const key = entries.every(([k]) => isText(plain(k.type)))
    ? UTF8
    : commonType(
        entries.map(([k]) => k),
        'the keys of a map',
      );
  if (entries.some(([k]) => k.constant?.kind === 'null')) throw errors.planning('map key cannot be null');
  const value = commonType(
    entries.map(([, v]) => v),
    'the values of a map',
  );
  const type: DataType = { kind: 'map', key, value };
  return call(
    type,
    mapName(
      entries.map(([k]) => k.name),
      entries.map(([, v]) => v.name),
    ),
    entries.flatMap(([k, v]) => [asValue(cast(k, key)), asValue(cast(v, value))]),
    (sql) => {
      const items = sql.map((item, i) =>
        i % 2 === 1 ? item : entries[i / 2]![0].nullable ? presentKey(item) : `assumeNotNull(${item})`,
      );
      return `CAST(map(${items.join(', ')}) AS ${nullableEngineType(type)})`;
    },
    { nullable: false },
  );
}
