/** OVER (…): partitions, order and frames. */
import { INT64, INTERVAL } from '../types.ts';
import {
  type AstNode,
  type AstValue,
  identifier,
  list,
  node,
  position,
  refuseOthers,
  text,
  variant,
} from './ast.ts';
import { bindOrderKeys, type OrderKey, orderKeyName, printOrderKey } from './bind-order-key.ts';
import { cast } from './cast.ts';
import type { Environment } from './environment.ts';
import { asValue, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import type { WindowSpecification } from './functions/definition.ts';
import { isFloat, isText, plain } from './functions/support.ts';
import { stringLiteral } from './literals.ts';
import { errors, where } from './sql-errors.ts';

export interface BoundWindow {
  /** ` PARTITION BY […] ORDER BY […] ROWS BETWEEN …`: the tail of the schema name. */
  readonly name: string;
  readonly children: readonly Expression[];
  /** `children` printed, in their order. */
  print(children: readonly string[]): WindowSpecification;
  /** Of a frame in GROUPS: the same window over the number of the group, which must be computed below it. */
  readonly groups: RankedWindow | null;
  /** A frame that leaves out the row itself: rows with a null key still see their peers, by this one. */
  readonly ofNulls: { readonly key: number; print(children: readonly string[]): WindowSpecification } | null;
}

interface RankedWindow {
  /** The number of the row's group, from the children. */
  number(children: readonly Expression[]): Expression;
  /** The children of the window over it. */
  children(children: readonly Expression[], number: Expression): readonly Expression[];
  print(children: readonly string[]): WindowSpecification;
}

type Units = 'ROWS' | 'RANGE' | 'GROUPS';

interface Frame {
  readonly units: Units;
  readonly start: string;
  readonly end: string;
  /** As the statement says it. */
  readonly name: string;
  /** RANGE with a distance, not only with rows that are equal. */
  readonly offsets: boolean;
  /** RANGE over time: the frame counts in steps of so many nanoseconds. */
  readonly step?: bigint;
  /** It ends before the row or starts behind it. */
  readonly leavesOut: boolean;
}

const peersOf = (frame: Frame): Frame => ({
  ...frame,
  start: frame.start === 'UNBOUNDED PRECEDING' ? frame.start : 'CURRENT ROW',
  end: frame.end === 'UNBOUNDED FOLLOWING' ? frame.end : 'CURRENT ROW',
});

export function bindWindow(value: AstValue, environment: Environment): BoundWindow {
  const parts = windowParts(value, environment, 0);
  const bind = (part: AstValue): Expression => asValue(environment.binder.expression(part, environment));
  const partition = parts.partitionBy.map(bind);
  const keys = bindOrderKeys(parts.orderBy, bind);
  const frame = parts.frame === undefined ? undefined : bindFrame(parts.frame, keys, environment);
  const silent =
    keys.length > 0
      ? 'RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'
      : 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING';
  return {
    name: [
      partition.length === 0 ? '' : ` PARTITION BY [${partition.map((part) => part.name).join(', ')}]`,
      keys.length === 0 ? '' : ` ORDER BY [${keys.map(orderKeyName).join(', ')}]`,
      ` ${frame?.name ?? silent}`,
    ].join(''),
    children: [...partition, ...keys.map((key) => key.expression)],
    print(children) {
      const partitionSql = [...children.slice(0, partition.length)];
      const orderSql = keys.flatMap((key, i) => {
        const sql = children[partition.length + i]!;
        if (frame?.offsets !== true) return printOrderKey(key, sql);
        const number = frame.step === undefined ? sql : inSteps(sql, frame.step);
        const direction = key.descending ? 'DESC' : 'ASC';
        if (!key.expression.nullable) return [`${number} ${direction}`];
        // The engine counts a null key as a number near the last one: nulls are peers of each other only.
        if (/UNBOUNDED/.test(`${frame.start} ${frame.end}`))
          return [`${farFromAll(number, key)} ${direction}`];
        partitionSql.push(`isNull(${sql})`);
        return [`${number} ${direction}`];
      });
      return specification(partitionSql, orderSql, frame);
    },
    groups: frame?.units === 'GROUPS' ? ranked(partition.length, keys, frame) : null,
    ofNulls:
      frame?.leavesOut === true && frame.offsets && keys[0]?.expression.nullable === true
        ? {
            key: partition.length,
            print: (sql) => {
              const order = printOrderKey(keys[0]!, sql[partition.length]!);
              return specification(sql.slice(0, partition.length), order, peersOf(frame));
            },
          }
        : null,
  };
}

function specification(
  partitionSql: readonly string[],
  orderSql: readonly string[],
  frame: Frame | undefined,
): WindowSpecification {
  const frameSql = frame === undefined ? null : `${frame.units} BETWEEN ${frame.start} AND ${frame.end}`;
  const clauses = [
    partitionSql.length === 0 ? '' : `PARTITION BY ${partitionSql.join(', ')}`,
    orderSql.length === 0 ? '' : `ORDER BY ${orderSql.join(', ')}`,
    frameSql ?? '',
  ];
  return { partitionSql, orderSql, frameSql, sql: `(${clauses.filter((part) => part !== '').join(' ')})` };
}

/** The engine has no frames in GROUPS: groups are numbered, and the frame is a RANGE of numbers. */
function ranked(partitions: number, keys: readonly OrderKey[], frame: Frame): RankedWindow {
  return {
    number: (children) => ({
      kind: 'window',
      type: INT64,
      nullable: false,
      name: 'dense_rank()',
      children,
      render: (sql) => {
        const order = keys.flatMap((key, i) => printOrderKey(key, sql[partitions + i]!));
        return `toInt64(dense_rank() OVER ${specification(sql.slice(0, partitions), order, undefined).sql})`;
      },
    }),
    children: (children, number) => [...children.slice(0, partitions), number],
    print: (sql) =>
      specification(sql.slice(0, partitions), [`${sql[partitions]} ASC`], { ...frame, units: 'RANGE' }),
  };
}

interface WindowParts {
  readonly partitionBy: readonly AstValue[];
  readonly orderBy: readonly AstValue[];
  readonly frame: AstNode | undefined;
}

/** A name, a specification, or a specification that builds upon a name. */
function windowParts(value: AstValue, environment: Environment, depth: number): WindowParts {
  const [kind, content] = variant(value);
  if (kind === 'NamedWindow') return named(content, environment, depth);
  if (kind !== 'WindowSpec') throw errors.notImplemented('this form of OVER');
  const body = node(content);
  refuseOthers(body, ['window_name', 'partition_by', 'order_by', 'window_frame'], 'OVER');
  const base =
    (body.window_name ?? null) === null
      ? { partitionBy: [], orderBy: [], frame: undefined }
      : named(body.window_name!, environment, depth);
  const own = { partitionBy: list(body.partition_by), orderBy: list(body.order_by) };
  return {
    partitionBy: own.partitionBy.length > 0 ? own.partitionBy : base.partitionBy,
    orderBy: own.orderBy.length > 0 ? own.orderBy : base.orderBy,
    frame: (body.window_frame ?? null) === null ? base.frame : node(body.window_frame),
  };
}

function named(value: AstValue, environment: Environment, depth: number): WindowParts {
  const name = identifier(value);
  const definition = environment.namedWindows.get(name);
  if (definition === undefined || depth > 16)
    throw errors.planning(`The window '${name}' is not defined${where(position(value))}`);
  return windowParts(definition, environment, depth + 1);
}

function bindFrame(body: AstNode, keys: readonly OrderKey[], environment: Environment): Frame {
  const units = text(body.units).toUpperCase();
  if (units !== 'ROWS' && units !== 'RANGE' && units !== 'GROUPS')
    throw errors.notImplemented(`window frames in ${units}`);
  if (units === 'GROUPS' && keys.length === 0) throw errors.planning('GROUPS requires an ORDER BY clause');
  const start = bindBound(body.start_bound, units, keys, environment);
  const end: Bound =
    (body.end_bound ?? null) === null ? 'CURRENT ROW' : bindBound(body.end_bound, units, keys, environment);
  if (start === 'UNBOUNDED FOLLOWING' || end === 'UNBOUNDED PRECEDING')
    throw errors.planning(`Invalid window frame: start bound cannot be ${start}, end bound cannot be ${end}`);
  const offsets = [start, end].filter((side) => typeof side !== 'string');
  const step = offsets.some((side) => side.time) ? stepOf(offsets) : 1n;
  const print = (side: Bound): string =>
    typeof side === 'string' ? side : `${side.amount / step} ${side.direction}`;
  const said = (side: Bound): string => (typeof side === 'string' ? side : `${side.said} ${side.direction}`);
  return {
    units,
    name: `${units} BETWEEN ${said(start)} AND ${said(end)}`,
    start: print(start),
    end: print(end),
    offsets: units === 'RANGE' && offsets.length > 0,
    leavesOut: beside(start, 'FOLLOWING') || beside(end, 'PRECEDING'),
    ...(offsets.some((side) => side.time) ? { step } : {}),
  };
}

const beside = (side: Bound, direction: string): boolean =>
  typeof side !== 'string' && side.direction === direction && side.amount > 0n;

/** Offsets that the engine accepts are whole numbers below this. */
const MAXIMUM_OFFSET = 2n ** 31n - 2n;

type Bound =
  | 'CURRENT ROW'
  | 'UNBOUNDED PRECEDING'
  | 'UNBOUNDED FOLLOWING'
  | {
      readonly amount: bigint;
      readonly direction: 'PRECEDING' | 'FOLLOWING';
      /** The offset as the statement has it. */
      readonly said: string;
      /** Nanoseconds. */
      readonly time: boolean;
    };

const STEPS = [1n, 1_000n, 1_000_000n, 1_000_000_000n, 60_000_000_000n];

/** The finest unit in which the offsets fit what the engine takes. */
function stepOf(offsets: readonly { readonly amount: bigint }[]): bigint {
  const step = STEPS.find((unit) => offsets.every(({ amount }) => amount / unit <= MAXIMUM_OFFSET));
  if (step === undefined || offsets.some(({ amount }) => amount % step !== 0n))
    throw errors.notImplemented('RANGE window frames with an interval this long or this fine');
  return step;
}

function bindBound(
  value: AstValue | undefined,
  units: Units,
  keys: readonly OrderKey[],
  environment: Environment,
): Bound {
  const [kind, content] = variant(value);
  if (kind === 'CurrentRow') return 'CURRENT ROW';
  const direction = kind === 'Preceding' ? 'PRECEDING' : 'FOLLOWING';
  if (content === null) return `UNBOUNDED ${direction}`;
  if (units === 'RANGE' && keys.length !== 1)
    throw errors.planning('With window frame of type RANGE, the ORDER BY expression must be of length 1');
  const keyType = plain(keys[0]?.expression.type ?? INT64);
  const time = units === 'RANGE' && keyType.kind === 'timestamp';
  if (units === 'RANGE' && ['utf8', 'boolean', 'list', 'struct', 'map'].includes(keyType.kind))
    throw errors.planning(
      `Window frames in RANGE with an offset need numbers or times, not ${arrowTypeText(keyType)}`,
    );
  const written = environment.binder.expression(time ? content : bareText(content), environment);
  const whole = isText(written.type) ? cast(written, INT64) : written;
  const offset = (time ? cast(written, INTERVAL) : whole).constant;
  if (offset?.kind === 'interval' && time) {
    if (offset.months !== 0) throw errors.notImplemented('RANGE window frames with months');
    const amount = BigInt(offset.days) * 86_400_000_000_000n + offset.ns;
    if (amount >= 0n) return { amount, direction, time, said: saidSpan(content) ?? `${amount}` };
  }
  if (offset?.kind === 'integer' && offset.value >= 0n && offset.value <= MAXIMUM_OFFSET)
    return { amount: offset.value, direction, time, said: `${offset.value}` };
  throw errors.planning(
    `Invalid window frame: an offset must be a constant, not negative ${time ? 'interval' : 'integer'}`,
  );
}

/** `1 second` of the text or the interval, `1 DAY` of `INTERVAL '1' DAY`. */
function saidSpan(offset: AstValue): string | undefined {
  const [kind, content] = variant(offset);
  if (kind === 'Value') {
    const [type, value] = variant(node(content).value);
    return type === 'SingleQuotedString' ? text(value) : undefined;
  }
  if (kind !== 'Interval') return undefined;
  const { value, leading_field: unit } = node(content);
  const number = saidSpan(value!);
  return number === undefined || typeof unit !== 'string' ? number : `${number} ${unit.toUpperCase()}`;
}

/** The parser takes a text for an interval without a unit. */
function bareText(offset: AstValue | undefined): AstValue | undefined {
  const [kind, content] = variant(offset);
  if (kind !== 'Interval') return offset;
  const body = node(content);
  return (body.leading_field ?? null) === null ? body.value : offset;
}

/** Farther from every number than an offset reaches. */
const FAR = 4_000_000_000_000_000_000n;

/** The key with its nulls as numbers beyond all others, on the side where they stand. */
function farFromAll(sql: string, key: OrderKey): string {
  const sign = key.nullsFirst === key.descending ? '' : '-';
  if (isFloat(plain(key.expression.type)))
    return `ifNull(toFloat64(${sql}), toFloat64(${sign}1.7976931348623157e308))`;
  const message =
    'This feature is not implemented: RANGE window frames with an open side over nulls and numbers this large';
  const tooLarge = `throwIf(ifNull(abs(toFloat64(${sql})) > 3.9e18, 0), ${stringLiteral(message)})`;
  return `if(${tooLarge} = 0, toInt64(ifNull(${sql}, ${sign}${FAR})), 0)`;
}

/** A timestamp in whole steps; one that is not would make the frame inexact, so it fails. */
function inSteps(sql: string, step: bigint): string {
  const ns = `toUnixTimestamp64Nano(${sql})`;
  const message = `This feature is not implemented: RANGE window frames with an interval this long over times that are no multiples of ${step} ns`;
  return `if(throwIf(ifNull(${ns} % ${step} != 0, 0), ${stringLiteral(message)}) = 0, intDiv(${ns}, ${step}), 0)`;
}
