/** Calls: scalar functions, aggregates, window functions. The table of functions is the whole list. */
import { INT32 } from '../types.ts';
import {
  type AstNode,
  type AstValue,
  list,
  node,
  objectName,
  position,
  refuseOthers,
  text,
  variant,
} from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { bindOrderKeys, type OrderKey, orderKeyName } from './bind-order-key.ts';
import { refuseCorrelated } from './bind-subquery.ts';
import { callFunction, unknownFunction } from './call-function.ts';
import { cast } from './cast.ts';
import type { Environment } from './environment.ts';
import { asValue, call, type Expression, printedArgument } from './expression.ts';
import { fillCall, isFillFunction } from './fill-call.ts';
import type {
  AggregateFunction,
  AggregateModifiers,
  FunctionDefinition,
  PrintedArgument,
  WindowSpecification,
} from './functions/definition.ts';
import { isNested } from './functions/support.ts';
import { errors, type Position, where } from './sql-errors.ts';
import { type BoundWindow, bindWindow } from './window-spec.ts';

interface CallParts {
  readonly name: string;
  readonly place: Position | undefined;
  readonly args: readonly AstValue[];
  /** `count(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly AstValue[];
  readonly withinGroup: readonly AstValue[];
  readonly filter: AstValue | undefined;
  readonly over: AstValue | undefined;
  readonly ignoreNulls: boolean;
}

export function bindCall(body: AstNode, environment: Environment): Expression {
  const parts = callParts(body);
  const { name, place } = parts;
  if (isFillFunction(name) && parts.over === undefined)
    return fillCall(
      name,
      parts.args.map((arg) => fillArgument(name, arg, environment)),
      environment,
      place,
    );
  if (name === 'grouping') return groupingCall(parts, environment);
  if (name === 'unnest') return unnestCall(parts, environment);
  const definition = environment.query.context.functions.lookup(name);
  if (definition === undefined) throw unknownFunction(name, place, environment);
  if (parts.over !== undefined) return windowCall(definition, parts, environment);
  switch (definition.kind) {
    case 'aggregate':
      return aggregateCall(definition, parts, environment);
    case 'window':
      throw errors.planning(`Window function '${name}' needs an OVER clause${where(place)}`);
    case 'scalar': {
      const args = parts.args.map((arg) => environment.binder.expression(arg, environment));
      if (parts.star || parts.distinct || parts.filter !== undefined || parts.orderBy.length > 0)
        throw errors.planning(
          `'${name}' is no aggregate: it takes no *, DISTINCT, ORDER BY or FILTER${where(place)}`,
        );
      if (parts.withinGroup.length > 0 || parts.ignoreNulls)
        throw errors.planning(
          `'${name}' is no aggregate: it takes no WITHIN GROUP or IGNORE NULLS${where(place)}`,
        );
      return callFunction(name, args, environment);
    }
  }
}

/** Which of the keys are rolled up in a row: printed by the grouping, which knows the keys. */
function groupingCall(parts: CallParts, environment: Environment): Expression {
  if (!environment.aggregates || parts.args.length === 0 || parts.over !== undefined)
    throw errors.planning(
      `grouping needs keys of GROUP BY, in the select list, HAVING or ORDER BY${where(parts.place)}`,
    );
  const inner = { ...environment, aggregates: false, windows: false };
  const keys = parts.args.map((arg) => environment.binder.expression(arg, inner));
  return {
    kind: 'aggregate',
    type: INT32,
    nullable: false,
    name: `grouping(${keys.map((key) => key.name).join(',')})`,
    children: keys,
    grouping: true,
    render: (sql) => `grouping(${sql.join(', ')})`,
  };
}

/** A list in the select list becomes rows. */
function unnestCall(parts: CallParts, environment: Environment): Expression {
  if (environment.clause !== 'SELECT' || parts.args.length !== 1)
    throw errors.notImplemented(`unnest of one list outside of the select list or FROM${where(parts.place)}`);
  const value = environment.binder.expression(parts.args[0], environment);
  if (value.type.kind !== 'list')
    throw errors.planning(`unnest() can only be applied to array, struct and null${where(parts.place)}`);
  const rows = call(value.type.item, `UNNEST(${value.name})`, [value], ([x]) => `arrayJoin(${x})`, {
    nullable: true,
    volatile: true,
  });
  return { ...rows, unnest: true };
}

/** The bin is bound where it stands; what locf and interpolate wrap may be an aggregate. */
const fillArgument = (name: string, arg: AstValue, environment: Environment): Expression =>
  environment.binder.expression(
    arg,
    name.startsWith('date_bin') ? { ...environment, aggregates: false } : environment,
  );

function callParts(body: AstNode): CallParts {
  const path = objectName(body.name);
  const place = position(body.name);
  if (path.length !== 1) throw errors.planning(`Invalid function '${path.join('.')}'.${where(place)}`);
  const name = path[0]!;
  refuseOthers(
    body,
    ['name', 'args', 'parameters', 'filter', 'over', 'null_treatment', 'within_group'],
    `the call of ${name}`,
  );
  if (variant(body.parameters ?? 'None')[0] !== 'None')
    throw errors.notImplemented(`parameters in a second pair of brackets after ${name}${where(place)}`);
  const [form, content] = variant(body.args ?? 'None');
  const parts = { name, place, filter: present(body.filter), over: present(body.over) };
  const withinGroup = list(body.within_group);
  let ignoreNulls = nullTreatment(body.null_treatment);
  if (form === 'None')
    return { ...parts, args: [], star: false, distinct: false, orderBy: [], withinGroup, ignoreNulls };
  if (form !== 'List') throw errors.notImplemented(`a subquery as the arguments of ${name}${where(place)}`);
  const given = node(content);
  let orderBy: readonly AstValue[] = [];
  for (const clause of list(given.clauses)) {
    const [kind, value] = variant(clause);
    if (kind === 'OrderBy') orderBy = list(value);
    else if (kind === 'IgnoreOrRespectNulls') ignoreNulls = nullTreatment(value);
    else throw errors.notImplemented(`${kind} inside the call of ${name}${where(place)}`);
  }
  const args: AstValue[] = [];
  let star = false;
  for (const arg of list(given.args)) {
    const [kind, value] = variant(arg);
    if (kind !== 'Unnamed')
      throw errors.notImplemented(`named arguments in the call of ${name}${where(place)}`);
    const [what, expression] = variant(value);
    if (what === 'Wildcard') star = true;
    else if (what === 'Expr') args.push(expression);
    else throw errors.notImplemented(`${what} in the call of ${name}${where(place)}`);
  }
  if (star && (args.length > 0 || name !== 'count'))
    throw errors.planning(`'*' may only stand in count(*)${where(place)}`);
  const distinct =
    given.duplicate_treatment !== null &&
    given.duplicate_treatment !== undefined &&
    text(given.duplicate_treatment) === 'Distinct';
  return { ...parts, args, star, distinct, orderBy, withinGroup, ignoreNulls };
}

const present = (value: AstValue | undefined): AstValue | undefined => value ?? undefined;
const nullTreatment = (value: AstValue | undefined): boolean => value === 'IgnoreNulls';

/**
 * A null that the engine's type may not show (a call's result) is made visible, so that definitions can trust
 * `nullable`: columns as stored and constants are known.
 */
function aggregateArgument(arg: Expression, sql: string): PrintedArgument {
  const printed = printedArgument(arg, sql);
  if (!arg.nullable || isNested(arg.type) || arg.constant !== undefined || arg.column?.source !== undefined)
    return printed;
  return { ...printed, sql: `toNullable(${sql})` };
}

interface BoundAggregate {
  readonly type: Expression['type'];
  readonly name: string;
  readonly args: readonly Expression[];
  readonly filter: Expression | null;
  readonly keys: readonly OrderKey[];
  readonly emptyValue: '0' | undefined;
  print(
    args: readonly string[],
    filter: string | null,
    keys: readonly string[],
    over: WindowSpecification | null,
  ): string;
  /** The same for one field of a struct; undefined where it has no way of its own. */
  printField(field: string): BoundAggregate['print'] | undefined;
}

function bindAggregate(
  definition: AggregateFunction,
  parts: CallParts,
  environment: Environment,
): BoundAggregate {
  const { context } = environment.query;
  const inner: Environment = { ...environment, windows: false };
  const bind = (value: AstValue): Expression => environment.binder.expression(value, inner);
  const own = parts.args.map(bind);
  const keys = bindOrderKeys(parts.withinGroup.length > 0 ? parts.withinGroup : parts.orderBy, bind);
  const given = parts.withinGroup.length > 0 ? [keys[0]!.expression, ...own] : own;
  if (parts.args.length === 0 && !parts.star && definition.name === 'count')
    throw errors.planning(`count needs an argument or *${where(parts.place)}`);
  const types = context.typeContext();
  const type = definition.type(given, types);
  const targets = definition.coerce?.(given, types) ?? [];
  const args = given.map((arg, i) => asValue(targets[i] === undefined ? arg : cast(arg, targets[i])));
  for (const arg of args) refuseCorrelated(arg, `the call of ${definition.name}`);
  // A bare null has no type of its own: it takes the result's.
  if (args[0]?.type.kind === 'null' && !isNested(type) && type.kind !== 'null') args[0] = cast(args[0], type);
  const filter = parts.filter === undefined ? null : bindCondition(parts.filter, inner);
  type Print = BoundAggregate['print'];
  const modifiersOf = (
    filterSql: string | null,
    keySql: readonly string[],
    over: WindowSpecification | null,
  ): AggregateModifiers => ({
    distinct: parts.distinct,
    filterSql,
    ignoreNulls: parts.ignoreNulls,
    orderBy: keys.map((key, i) => ({
      sql: keySql[i]!,
      descending: key.descending,
      nullsFirst: key.nullsFirst,
      type: key.expression.type,
    })),
    over,
  });
  const printed = (argSql: readonly string[]): PrintedArgument[] =>
    args.map((arg, i) => aggregateArgument(arg, argSql[i]!));
  const inside = parts.star ? '*' : own.map((arg) => arg.name).join(',');
  const order = keys.map(orderKeyName).join(', ');
  const name = [
    `${definition.name}(${parts.distinct ? 'DISTINCT ' : ''}${inside})`,
    filter === null ? '' : ` FILTER (WHERE ${filter.name})`,
    order === '' ? '' : parts.withinGroup.length > 0 ? ` WITHIN GROUP [${order}]` : ` ORDER BY [${order}]`,
    parts.ignoreNulls ? ' IGNORE NULLS' : '',
  ].join('');
  return {
    type,
    name,
    args,
    filter,
    keys,
    emptyValue: definition.emptyValue,
    print: (argSql, filterSql, keySql, over) =>
      definition.print(
        printed(argSql),
        modifiersOf(filterSql, keySql, over),
        context.printContext(type, [...argSql, ...keySql]),
      ),
    printField(field) {
      const print = (...[argSql, filterSql, keySql, over]: Parameters<Print>): string | undefined =>
        definition.printField?.(
          field,
          printed(argSql),
          modifiersOf(filterSql, keySql, over),
          context.printContext(type, [...argSql, ...keySql]),
        );
      const probe = print(
        args.map(() => '0'),
        null,
        keys.map(() => '0'),
        null,
      );
      return probe === undefined ? undefined : (...parameters) => print(...parameters)!;
    },
  };
}

function aggregateCall(
  definition: AggregateFunction,
  parts: CallParts,
  environment: Environment,
): Expression {
  if (!environment.aggregates)
    throw errors.planning(
      `Aggregate function '${definition.name}' is not allowed in ${environment.clause}${where(parts.place)}`,
    );
  const bound = bindAggregate(definition, parts, {
    ...environment,
    aggregates: false,
    clause: `the call of ${definition.name}`,
  });
  const { args, filter, keys } = bound;
  const keyExpressions = keys.map((key) => asValue(key.expression));
  const render =
    (print: BoundAggregate['print']) =>
    (sql: readonly string[]): string =>
      print(
        sql.slice(0, args.length),
        filter === null ? null : sql[args.length]!,
        sql.slice(args.length + (filter === null ? 0 : 1)),
        null,
      );
  const whole: Expression = {
    kind: 'aggregate',
    type: bound.type,
    // Over no rows most are null; what the engine gives is nullable where a null can be.
    nullable: definition.name !== 'count',
    name: bound.name,
    children: [...args, ...(filter === null ? [] : [filter]), ...keyExpressions],
    ...(bound.emptyValue === undefined ? {} : { emptyValue: bound.emptyValue }),
    render: render(bound.print),
  };
  if (bound.type.kind !== 'struct' || definition.printField === undefined) return whole;
  const { fields } = bound.type;
  return {
    ...whole,
    field(name) {
      const print = bound.printField(name);
      const type = fields.find((field) => field.name === name)?.type;
      if (print === undefined || type === undefined) return undefined;
      return { ...whole, type, nullable: true, name: `${whole.name}[${name}]`, render: render(print) };
    },
  };
}

function windowCall(definition: FunctionDefinition, parts: CallParts, environment: Environment): Expression {
  const { place, name } = parts;
  if (definition.kind === 'scalar' || (definition.kind === 'aggregate' && definition.window === false))
    throw errors.planning(`'${name}' may not stand before OVER${where(place)}`);
  if (!environment.windows)
    throw errors.planning(`Window function '${name}' is not allowed in ${environment.clause}${where(place)}`);
  const inner: Environment = { ...environment, windows: false, clause: 'a window' };
  const window = bindWindow(parts.over!, inner);
  return definition.kind === 'aggregate'
    ? windowedAggregate(definition, parts, window, inner)
    : pureWindow(definition, parts, window, inner);
}

function windowedAggregate(
  definition: AggregateFunction,
  parts: CallParts,
  window: BoundWindow,
  environment: Environment,
): Expression {
  const bound = bindAggregate(definition, parts, environment);
  const { args, filter, keys } = bound;
  const keyExpressions = keys.map((key) => asValue(key.expression));
  const own = [...args, ...(filter === null ? [] : [filter]), ...keyExpressions];
  return {
    kind: 'window',
    type: bound.type,
    nullable: definition.name !== 'count',
    name: `${bound.name}${window.name}`,
    children: [...own, ...window.children],
    render: (sql) =>
      bound.print(
        sql.slice(0, args.length),
        filter === null ? null : sql[args.length]!,
        sql.slice(args.length + (filter === null ? 0 : 1), own.length),
        window.print(sql.slice(own.length)),
      ),
  };
}

function pureWindow(
  definition: Extract<FunctionDefinition, { kind: 'window' }>,
  parts: CallParts,
  window: BoundWindow,
  environment: Environment,
): Expression {
  const { context } = environment.query;
  if (
    parts.star ||
    parts.distinct ||
    parts.filter !== undefined ||
    parts.orderBy.length + parts.withinGroup.length > 0
  )
    throw errors.planning(
      `Window function '${parts.name}' takes no *, DISTINCT, ORDER BY or FILTER${where(parts.place)}`,
    );
  const given = parts.args.map((arg) => environment.binder.expression(arg, environment));
  const types = context.typeContext();
  const type = definition.type(given, types);
  const targets = definition.coerce?.(given, types) ?? [];
  const args = given.map((arg, i) => asValue(targets[i] === undefined ? arg : cast(arg, targets[i])));
  const treatment = parts.ignoreNulls ? ' IGNORE NULLS' : '';
  return {
    kind: 'window',
    type,
    nullable: true,
    name: `${definition.name}(${given.map((arg) => arg.name).join(',')})${treatment}${window.name}`,
    children: [...args, ...window.children],
    render: (sql) =>
      definition.print(
        args.map((arg, i) => printedArgument(arg, sql[i]!)),
        window.print(sql.slice(args.length)),
        { ...context.printContext(type, sql), ignoreNulls: parts.ignoreNulls },
      ),
  };
}
