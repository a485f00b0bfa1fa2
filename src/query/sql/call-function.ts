/** A scalar function over arguments that are bound already. */
import { type DataType, INT64, TIMESTAMP_NS } from '../types.ts';
import { CallPrinting } from './call-printing.ts';
import { cast } from './cast.ts';
import { callDisplay } from './display-name.ts';
import type { Environment } from './environment.ts';
import { asValue, call, constant, type Expression, printedArgument } from './expression.ts';
import type { ConstantValue } from './functions/definition.ts';
import { isOptional, optional, present } from './functions/optional.ts';
import { sameType } from './functions/support.ts';
import { type Guard, guardedArgument, isGuarded, valueByName, withGuards } from './null-guard.ts';
import { distance } from './scope.ts';
import { errors, type Position, where } from './sql-errors.ts';

export function callFunction(
  name: string,
  given: readonly Expression[],
  environment: Environment,
): Expression {
  const { context } = environment.query;
  const definition = context.functions.lookup(name);
  if (definition?.kind !== 'scalar') throw unknownFunction(name, undefined, environment);
  const bare = given.map((arg, i) =>
    isOptional(arg.type) && definition.nulls?.(i) !== 'kept' ? { ...arg, type: present(arg.type) } : arg,
  );
  const own = definition.type(bare, context);
  const targets = definition.coerce?.(bare, context) ?? [];
  const names = given.map((arg) => arg.name);
  const schemaName = definition.nameOf?.(names, given) ?? `${definition.name}(${names.join(',')})`;
  const display = callDisplay(definition.name, given);
  const targetOf = (i: number): DataType => targets[i] ?? bare[i]!.type;
  const guarded = given.map((arg, i) => isGuarded(definition, i, arg.type, targets[i]));
  const args = given.map((arg, i) =>
    asValue(guarded[i] ? guardedArgument(arg, targetOf(i)) : cast(arg, targetOf(i))),
  );
  const type = guarded.includes(true) ? optional(own) : own;
  const folded = fold(definition.name, args, type, () => context.nowNs);
  if (folded !== undefined)
    return { ...constant(folded, type, schemaName), ...(display === undefined ? {} : { display }) };
  // Each call of `random()` is one of its own, however often it is printed.
  const ownName = definition.deterministic === false ? context.freshId() : undefined;
  const render = (sql: readonly string[]): string => {
    const printing = new CallPrinting(context, own, sql, { ownName });
    const guards: Guard[] = [];
    const printed = args.map((arg, i) => {
      if (!guarded[i]) return printedArgument(arg, sql[i]!);
      const name = printing.freshName();
      guards.push({ name, sql: sql[i]! });
      return valueByName(arg, targetOf(i), name);
    });
    return withGuards(definition.print(printed, printing), own, guards);
  };
  const bins = definition.bins?.(args);
  const whole = call(type, schemaName, args, render, {
    nullable: true,
    ...(definition.deterministic === false ? { volatile: true } : {}),
  });
  if (bins === undefined && display === undefined) return whole;
  return {
    ...whole,
    ...(display === undefined ? {} : { display }),
    ...(bins === undefined ? {} : { bins: { ...bins, time: args[1]! } }),
  };
}

const FOLDED: ReadonlySet<ConstantValue['kind']> = new Set(['integer', 'float', 'string', 'boolean']);

/** The few calls whose value the planner itself needs: time bounds, limits and positions are made of them. */
function fold(
  name: string,
  args: readonly Expression[],
  resultType: DataType,
  nowNs: () => bigint,
): Expression['constant'] {
  if (name === 'now') return { kind: 'timestamp', ns: nowNs() };
  if (name === 'to_timestamp' || name === 'to_timestamp_nanos') {
    const value = args.length === 1 ? args[0]!.constant : undefined;
    if (value?.kind === 'integer' && BigInt.asIntN(64, value.value) === value.value)
      return { kind: 'timestamp', ns: value.value };
    if (value?.kind === 'string' && name === 'to_timestamp') return cast(args[0]!, TIMESTAMP_NS).constant;
    if (value?.kind === 'timestamp') return value;
  }
  if (name === 'tz' && args[0]?.constant?.kind === 'timestamp') return args[0].constant;
  const [value, type] = [args[0]?.constant, args[0]?.type];
  // A cast of a constant has become one where its type is that of the call.
  if (name === 'arrow_cast' && value !== undefined && FOLDED.has(value.kind) && sameType(type!, resultType))
    return value;
  if (name === 'abs' && value?.kind === 'integer' && sameType(type!, INT64) && value.value > -(2n ** 63n))
    return { ...value, value: value.value < 0n ? -value.value : value.value };
  return undefined;
}

export function unknownFunction(name: string, place: Position | undefined, environment: Environment) {
  const near = environment.query.context.functions.names
    .map((candidate) => [distance(candidate, name), candidate] as const)
    .sort((a, b) => a[0] - b[0])[0];
  const hint =
    near === undefined || near[0] > Math.max(2, name.length / 2) ? '' : `\nDid you mean '${near[1]}'?`;
  return errors.planning(`Invalid function '${name}'.${hint}${where(place)}`);
}
