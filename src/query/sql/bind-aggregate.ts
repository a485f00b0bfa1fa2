/** Calls of aggregates: arguments, FILTER, ORDER BY inside the call, WITHIN GROUP. */
import type { AstValue } from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { bindOrderKeys, type OrderKey, orderKeyName } from './bind-order-key.ts';
import type { CallParts } from './call-parts.ts';
import { CallPrinting } from './call-printing.ts';
import { cast } from './cast.ts';
import { aliasedName } from './display-name.ts';
import type { Environment } from './environment.ts';
import { asValue, type Expression, printedArgument } from './expression.ts';
import type {
  AggregateFunction,
  AggregateModifiers,
  PrintedArgument,
  WindowSpecification,
} from './functions/definition.ts';
import { isNested } from './functions/support.ts';
import { errors, where } from './sql-errors.ts';

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
  /** Called by another of its names: that is what the column is called, whatever else the call says. */
  readonly isAlias: boolean;
  readonly args: readonly Expression[];
  /** The arguments as they were written. */
  readonly given: readonly Expression[];
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

export function bindAggregate(
  definition: AggregateFunction,
  parts: CallParts,
  environment: Environment,
): BoundAggregate {
  const { context } = environment.query;
  const inner: Environment = { ...environment, windows: false };
  const bind = (value: AstValue): Expression => environment.binder.expression(value, inner);
  const own = parts.args.map(bind);
  const keys = bindOrderKeys(parts.withinGroup.length > 0 ? parts.withinGroup : parts.orderBy, bind);
  const isWithin = parts.withinGroup.length > 0 && definition.ordersArgument === true;
  const given = isWithin ? [keys[0]!.expression, ...own] : own;
  if (parts.args.length === 0 && !parts.star && definition.name === 'count')
    throw errors.planning(`count needs an argument or *${where(parts.place)}`);
  const type = definition.type(given, context);
  const targets = definition.coerce?.(given, context) ?? [];
  const args = given.map((arg, i) => asValue(targets[i] === undefined ? arg : cast(arg, targets[i])));
  // A bare null has no type of its own: it takes the result's.
  if (args[0]?.type.kind === 'null' && !isNested(type) && type.kind !== 'null') args[0] = cast(args[0], type);
  const collects = definition.name === 'array_agg' || definition.name === 'string_agg';
  if (parts.distinct && collects && keys.some((key) => own.every((arg) => arg.name !== key.expression.name)))
    throw errors.planning('In an aggregate with DISTINCT, ORDER BY expressions must appear in argument list');
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
      nullable: key.expression.nullable,
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
    parts.treatment,
    filter === null ? '' : ` FILTER (WHERE ${filter.name})`,
    order === '' ? '' : isWithin ? ` WITHIN GROUP [${order}]` : ` ORDER BY [${order}]`,
  ].join('');
  const isAlias = definition.aliases?.includes(parts.name) === true;
  return {
    type,
    name: isAlias ? aliasedName(parts.name, own) : name,
    isAlias,
    args,
    given,
    filter,
    keys,
    emptyValue: definition.emptyValue,
    print: (argSql, filterSql, keySql, over) =>
      definition.print(
        printed(argSql),
        modifiersOf(filterSql, keySql, over),
        new CallPrinting(context, type, [...argSql, ...keySql]),
      ),
    printField(field) {
      const print = (...[argSql, filterSql, keySql, over]: Parameters<Print>): string | undefined =>
        definition.printField?.(
          field,
          printed(argSql),
          modifiersOf(filterSql, keySql, over),
          new CallPrinting(context, type, [...argSql, ...keySql]),
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

function pickOf(
  { name }: AggregateFunction,
  parts: CallParts,
  { args, filter, keys }: BoundAggregate,
): Pick<Expression, 'pick'> {
  if (filter !== null || parts.distinct) return {};
  const [key, ...others] = keys;
  if ((name === 'max' || name === 'min') && key === undefined)
    return { pick: { side: name === 'max' ? 'last' : 'first', key: args[0]! } };
  const isPicked = name === 'last_value' || name === 'first_value';
  if (!isPicked || parts.ignoreNulls || key === undefined || others.length > 0) return {};
  const isLast = (name === 'last_value') !== key.descending;
  return { pick: { side: isLast ? 'last' : 'first', key: key.expression } };
}

/** Whether the call says nothing but the function and its arguments. */
const isPlain = (parts: CallParts): boolean =>
  !parts.distinct &&
  !parts.ignoreNulls &&
  parts.filter === undefined &&
  parts.orderBy.length === 0 &&
  parts.withinGroup.length === 0;

export function aggregateCall(
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
    known: undefined,
    children: [...args, ...(filter === null ? [] : [filter]), ...keyExpressions],
    ...(bound.emptyValue === undefined ? {} : { emptyValue: bound.emptyValue }),
    ...pickOf(definition, parts, bound),
    ...(isPlain(parts) && { aggregate: { name: definition.name, args: bound.given } }),
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
