/** OVER (…): partitions, order and frames. */
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
import type { Environment } from './environment.ts';
import { asValue, type Expression } from './expression.ts';
import type { WindowSpecification } from './functions/definition.ts';
import { errors, where } from './sql-errors.ts';

export interface BoundWindow {
  /** ` PARTITION BY […] ORDER BY […] ROWS BETWEEN …`: the tail of the schema name. */
  readonly name: string;
  readonly children: readonly Expression[];
  /** `children` printed, in their order. */
  print(children: readonly string[]): WindowSpecification;
}

interface Frame {
  readonly units: 'ROWS' | 'RANGE';
  readonly start: string;
  readonly end: string;
}

export function bindWindow(value: AstValue, environment: Environment): BoundWindow {
  const parts = windowParts(value, environment, 0);
  const bind = (part: AstValue): Expression => asValue(environment.binder.expression(part, environment));
  const partition = parts.partitionBy.map(bind);
  const keys = bindOrderKeys(parts.orderBy, bind);
  const frame = parts.frame === undefined ? undefined : bindFrame(parts.frame, keys, environment);
  const shown = frame ?? {
    units: keys.length > 0 ? 'RANGE' : 'ROWS',
    start: 'UNBOUNDED PRECEDING',
    end: keys.length > 0 ? 'CURRENT ROW' : 'UNBOUNDED FOLLOWING',
  };
  return {
    name: [
      partition.length === 0 ? '' : ` PARTITION BY [${partition.map((part) => part.name).join(', ')}]`,
      keys.length === 0 ? '' : ` ORDER BY [${keys.map(orderKeyName).join(', ')}]`,
      ` ${shown.units} BETWEEN ${shown.start} AND ${shown.end}`,
    ].join(''),
    children: [...partition, ...keys.map((key) => key.expression)],
    print(children) {
      const partitionSql = children.slice(0, partition.length);
      const orderSql = keys.flatMap((key, i) => printOrderKey(key, children[partition.length + i]!));
      const frameSql = frame === undefined ? null : `${frame.units} BETWEEN ${frame.start} AND ${frame.end}`;
      const clauses = [
        partitionSql.length === 0 ? '' : `PARTITION BY ${partitionSql.join(', ')}`,
        orderSql.length === 0 ? '' : `ORDER BY ${orderSql.join(', ')}`,
        frameSql ?? '',
      ];
      return {
        partitionSql,
        orderSql,
        frameSql,
        sql: `(${clauses.filter((part) => part !== '').join(' ')})`,
      };
    },
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
  if (units !== 'ROWS' && units !== 'RANGE')
    throw errors.notImplemented(`window frames in ${units}: use ROWS or RANGE`);
  const start = bound(body.start_bound, units, keys, environment);
  const end =
    (body.end_bound ?? null) === null ? 'CURRENT ROW' : bound(body.end_bound, units, keys, environment);
  if (start === 'UNBOUNDED FOLLOWING' || end === 'UNBOUNDED PRECEDING')
    throw errors.planning(`Invalid window frame: start bound cannot be ${start}, end bound cannot be ${end}`);
  return { units, start, end };
}

/** Offsets that the engine accepts are whole numbers of 32 bits. */
const MAXIMUM_OFFSET = 2n ** 31n - 1n;

function bound(
  value: AstValue | undefined,
  units: 'ROWS' | 'RANGE',
  keys: readonly OrderKey[],
  environment: Environment,
): string {
  const [kind, content] = variant(value);
  if (kind === 'CurrentRow') return 'CURRENT ROW';
  const direction = kind.toUpperCase();
  if (content === null) return `UNBOUNDED ${direction}`;
  const offset = environment.binder.expression(content, environment).constant;
  if (units === 'RANGE' && keys.length !== 1)
    throw errors.planning('With window frame of type RANGE, the ORDER BY expression must be of length 1');
  const amount = offset?.kind === 'integer' ? offset.value : undefined;
  if (offset?.kind === 'interval' || (offset?.kind === 'string' && units === 'RANGE'))
    throw errors.notImplemented('RANGE window frames with an interval: use ROWS, or a self-join on time');
  if (amount === undefined || amount < 0n || amount > MAXIMUM_OFFSET)
    throw errors.planning('Invalid window frame: an offset must be a constant non-negative integer');
  return `${amount} ${direction}`;
}
