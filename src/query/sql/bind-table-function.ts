/** Functions in FROM: generate_series, range, UNNEST, and those whose rows the host supplies. */
import { engineType } from '../representation.ts';
import { type DataType, INT64, TIMESTAMP_NS } from '../types.ts';
import { type AstValue, variant } from './ast.ts';
import { callFunction } from './call-function.ts';
import { cast } from './cast.ts';
import type { Binder, Environment, QueryEnvironment } from './environment.ts';
import { asValue, type Expression, printValue } from './expression.ts';
import { renamed } from './derived-source.ts';
import { timestampLiteral } from './literals.ts';
import { present } from './functions/optional.ts';
import { planNode } from './plan-node.ts';
import { Scope } from './scope.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';
import { itemOfRows, listOfRows } from './unnest-list.ts';
import { errors, type Position, where } from './sql-errors.ts';
import { spreadLists } from './unnest-rows.ts';
import { virtualSource } from './virtual-source.ts';

export interface TableFunctionCall {
  readonly name: string;
  readonly args: readonly AstValue[];
  readonly place: Position | undefined;
  readonly alias: string | null;
  readonly columnNames: readonly string[];
}

function environmentOf(query: QueryEnvironment, binder: Binder): Environment {
  return {
    query,
    scope: new Scope([], query.outer),
    clause: 'FROM',
    aggregates: false,
    windows: false,
    namedWindows: new Map(),
    aliases: null,
    aliasesFirst: false,
    binder,
  };
}

export function bindTableFunction(call: TableFunctionCall, query: QueryEnvironment, binder: Binder): Source {
  return renamed(calledTable(call, query, binder), call.columnNames);
}

function calledTable(call: TableFunctionCall, query: QueryEnvironment, binder: Binder): Source {
  const { name, place } = call;
  const args = call.args.map((arg) => {
    const [kind, value] = variant(arg);
    const [what, expression] = kind === 'Unnamed' ? variant(value) : ['', null];
    if (what !== 'Expr') throw errors.notImplemented(`this form of an argument of ${name}${where(place)}`);
    return binder.expression(expression, environmentOf(query, binder));
  });
  if (name === 'generate_series' || name === 'range') return series(call, args, query, binder);
  if (name === 'unnest') return unnested(args, call.alias, query);
  // Of Enterprise only: what it takes and gives is not published.
  if (name === 'tag_values')
    throw errors.notImplemented(`tag_values${where(place)}: use SELECT DISTINCT, or distinct_cache`);
  const texts = args.map((arg) => (arg.constant?.kind === 'string' ? arg.constant.value : undefined));
  const relation = query.context.relations.tableFunction(name, texts);
  if (relation?.kind !== 'virtual')
    throw errors.planning(`table function '${name}' not found${where(place)}`);
  return virtualSource(relation, call.alias ?? name, query);
}

/** Away from its end a series would never come to it. */
function checkDirection(distance: bigint, stride: bigint): void {
  if (distance === 0n || distance > 0n === stride > 0n) return;
  const start =
    distance < 0n
      ? 'bigger than end, but increment is positive'
      : 'smaller than end, but increment is negative';
  throw errors.planning(`Start is ${start}: Cannot generate infinite series`);
}

const MAXIMUM_SERIES = 1_000_000_000n;

/** `generate_series` includes the end, `range` does not; timestamps step by intervals. */
function series(
  call: TableFunctionCall,
  args: readonly Expression[],
  query: QueryEnvironment,
  binder: Binder,
): Source {
  const { name } = call;
  const fail = (message: string) => errors.planning(`${name}: ${message}${where(call.place)}`);
  if (args.length < 1 || args.length > 3) throw fail(`expected 1 to 3 arguments, got ${args.length}`);
  const isNull = (arg: Expression): boolean => arg.constant?.kind === 'null';
  if (args.some(isNull)) {
    const ofInstants = args.some(({ type }) => ['timestamp', 'date', 'interval'].includes(type.kind));
    const type = ofInstants ? TIMESTAMP_NS : INT64;
    return valueRows(call, `CAST(0 AS ${engineType(type)})`, 0n, type, query);
  }
  if (args[2]?.constant?.kind === 'interval' && args[2].constant.months !== 0)
    return calendarSeries(call, args, environmentOf(query, binder));
  const ordered = args.length === 1 ? [undefined, args[0]!] : args;
  const [start, stop, step] = ordered.map((arg) => numberOf(arg));
  const [from, to] = [start ?? { value: 0n, instant: stop?.instant ?? false }, stop];
  if (
    to === undefined ||
    (args.length > 1 && start === undefined) ||
    (args.length === 3 && step === undefined)
  )
    throw fail('the arguments must be constant integers, or timestamps with an interval');
  if (from.instant !== to.instant || (from.instant && args.length < 3))
    throw fail('a series of timestamps needs a start, an end and an interval');
  const stride = step?.value ?? 1n;
  if (stride === 0n) throw fail('the step must not be 0');
  const distance = to.value - from.value;
  const inclusive = name === 'generate_series';
  checkDirection(distance, stride);
  const steps = distance / stride;
  const count = inclusive || steps * stride !== distance ? steps + 1n : steps;
  if (count > MAXIMUM_SERIES) throw fail(`more than ${MAXIMUM_SERIES} rows`);
  const offset = `toInt64(number) * toInt64(${stride})`;
  const value = from.instant
    ? `addNanoseconds(${timestampLiteral(from.value)}, ${offset})`
    : `toInt64(${from.value}) + ${offset}`;
  return valueRows(call, value, count, from.instant ? TIMESTAMP_NS : INT64, query);
}

/** Months are not all as long: the function of lists counts them. */
function calendarSeries(
  call: TableFunctionCall,
  args: readonly Expression[],
  environment: Environment,
): Source {
  const [start, stop, step] = args;
  const [from, to] = [numberOf(start), numberOf(stop)];
  const months = step!.constant?.kind === 'interval' ? step!.constant.months : 0;
  if (from !== undefined && to !== undefined) checkDirection(to.value - from.value, BigInt(months));
  const list = callFunction(
    call.name,
    [cast(start!, TIMESTAMP_NS), cast(stop!, TIMESTAMP_NS), step!],
    environment,
  );
  return valueRows(
    call,
    `arrayJoin(${printValue(cast(list, present(list.type)))})`,
    1n,
    TIMESTAMP_NS,
    environment.query,
  );
}

/** The one column of a series: `value` is engine SQL over the `number` of each row. */
function valueRows(
  call: TableFunctionCall,
  value: string,
  count: bigint,
  type: DataType,
  query: QueryEnvironment,
): Source {
  const id = query.context.freshId();
  const qualifier = call.alias ?? call.name;
  return {
    relations: [{ qualifier, columns: [{ name: 'value', type, nullable: false, id, use() {} }] }],
    sql: `(SELECT ${value} AS ${id} FROM numbers(${count}))`,
    node: planNode(`${call.name}: ${count} rows`),
    merged: new Map(),
    shadowed: new Set(),
    scans: [],
    joined: false,
  };
}

function numberOf(arg: Expression | undefined): { value: bigint; instant: boolean } | undefined {
  const constant = arg?.constant;
  if (constant?.kind === 'integer') return { value: constant.value, instant: false };
  if (constant?.kind === 'timestamp') return { value: constant.ns, instant: true };
  if (constant?.kind === 'date') return { value: BigInt(constant.days) * 86_400_000_000_000n, instant: true };
  if (constant?.kind === 'interval' && constant.months === 0)
    return { value: BigInt(constant.days) * 86_400_000_000_000n + constant.ns, instant: false };
  return undefined;
}

/** `FROM unnest(list, …)`: shorter lists end in nulls. */
export function bindUnnest(
  items: readonly AstValue[],
  alias: string | null,
  names: readonly string[],
  query: QueryEnvironment,
  binder: Binder,
): Source {
  const bind = (item: AstValue): Expression => binder.expression(item, environmentOf(query, binder));
  return renamed(unnested(items.map(bind), alias, query), names);
}

function unnested(given: readonly Expression[], alias: string | null, query: QueryEnvironment): Source {
  if (given.length === 0) throw errors.planning('unnest() requires at least one argument');
  const lists = given.map((list) => listOfRows(list));
  const columns = lists.map((list): ScopeColumn => {
    const name = `UNNEST(${list.name})`;
    return { name, type: itemOfRows(list), nullable: true, id: query.context.freshId(), use() {} };
  });
  const pairs = columns.map(({ id }) => ({ list: query.context.freshId(), item: id }));
  const values = lists.map((list, i) => `${printValue(asValue(list))} AS ${pairs[i]!.list}`);
  const sql = `(${spreadLists(`(SELECT ${values.join(', ')})`, pairs, query.context)})`;
  return {
    relations: [{ qualifier: alias, columns }],
    sql,
    node: planNode(`Unnest: ${lists.map((list) => list.name).join(', ')}`),
    merged: new Map(),
    shadowed: new Set(),
    scans: [],
    joined: false,
  };
}
