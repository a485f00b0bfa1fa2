/** Calls before OVER: aggregates and the functions that only mean something over a window. */
import { bindAggregate } from './bind-aggregate.ts';
import type { CallParts } from './call-parts.ts';
import { CallPrinting } from './call-printing.ts';
import { cast } from './cast.ts';
import type { Environment } from './environment.ts';
import { asValue, type Expression, printedArgument } from './expression.ts';
import type { AggregateFunction, FunctionDefinition, WindowSpecification } from './functions/definition.ts';
import { errors, where } from './sql-errors.ts';
import { type BoundWindow, bindWindow } from './window-spec.ts';

export function windowCall(
  definition: FunctionDefinition,
  parts: CallParts,
  environment: Environment,
): Expression {
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
  const value = {
    type: bound.type,
    nullable: definition.name !== 'count',
    name: bound.isAlias ? bound.name : `${bound.name}${window.name}`,
  };
  return over(value, own, window, (sql, specification) =>
    bound.print(
      sql.slice(0, args.length),
      filter === null ? null : sql[args.length]!,
      sql.slice(args.length + (filter === null ? 0 : 1)),
      specification,
    ),
  );
}

/** The arguments printed by their own rule, with the window. */
function over(
  value: Pick<Expression, 'type' | 'nullable' | 'name'>,
  own: readonly Expression[],
  window: BoundWindow,
  print: (own: readonly string[], specification: WindowSpecification) => string,
): Expression {
  const { groups, ofNulls } = window;
  const written: Expression = {
    ...value,
    kind: 'window',
    children: [...own, ...window.children],
    render: (sql) => {
      const [args, places] = [sql.slice(0, own.length), sql.slice(own.length)];
      const plain = print(args, window.print(places));
      if (ofNulls === null) return plain;
      return `if(isNull(${places[ofNulls.key]}), ${print(args, ofNulls.print(places))}, ${plain})`;
    },
  };
  if (groups === null) return written;
  return {
    ...written,
    beneath({ children }, below) {
      const rest = children.slice(own.length);
      const places = groups.children(rest, below(groups.number(rest)));
      return {
        ...written,
        children: [...children.slice(0, own.length), ...places],
        render: (sql) => print(sql.slice(0, own.length), groups.print(sql.slice(own.length))),
      };
    },
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
  const type = definition.type(given, context);
  const targets = definition.coerce?.(given, context) ?? [];
  const args = given.map((arg, i) => asValue(targets[i] === undefined ? arg : cast(arg, targets[i])));
  const name = `${definition.name}(${given.map((arg) => arg.name).join(',')})${parts.treatment}${window.name}`;
  return over({ type, nullable: true, name }, args, window, (sql, specification) =>
    definition.print(
      args.map((arg, i) => printedArgument(arg, sql[i]!)),
      specification,
      new CallPrinting(context, type, [...sql, ...specification.partitionSql, ...specification.orderSql], {
        ignoreNulls: parts.ignoreNulls,
      }),
    ),
  );
}
