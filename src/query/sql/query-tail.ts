/** ORDER BY and LIMIT of a query. */
import { type AstNode, type AstValue, list, node, refuseOthers, variant } from './ast.ts';
import type { Binder, Environment, QueryEnvironment } from './environment.ts';
import type { Limit } from './limit.ts';
import { Scope } from './scope.ts';
import { errors } from './sql-errors.ts';

export interface Tail {
  readonly orderBy: readonly AstValue[];
  readonly limit: Limit;
}

/** LIMIT, OFFSET and FETCH FIRST: constants only. */
export function bindLimit(query: AstNode, environment: QueryEnvironment, binder: Binder): Limit {
  let count: bigint | null = null;
  let offset = 0n;
  const constant = (value: AstValue | undefined, what: string): bigint | null => {
    if (value === null || value === undefined) return null;
    const bound = binder.expression(value, constantEnvironment(environment, binder, what)).constant;
    if (bound?.kind === 'null') return null;
    if (bound?.kind !== 'integer') throw errors.planning(`${what} must be a constant whole number`);
    if (bound.value < 0n) throw errors.planning(`${what} must be >= 0, '${bound.value}' was provided.`);
    return bound.value;
  };
  if ((query.limit_clause ?? null) !== null) {
    const [form, content] = variant(query.limit_clause);
    const body = node(content);
    if (form === 'LimitOffset') {
      if (list(body.limit_by).length > 0) throw errors.notImplemented('LIMIT BY');
      count = constant(body.limit, 'LIMIT');
      const given = body.offset ?? null;
      offset = given === null ? 0n : (constant(node(given).value, 'OFFSET') ?? 0n);
    } else if (form === 'OffsetCommaLimit') {
      count = constant(body.limit, 'LIMIT');
      offset = constant(body.offset, 'OFFSET') ?? 0n;
    } else throw errors.notImplemented('this form of LIMIT');
  }
  if ((query.fetch ?? null) !== null) {
    const body = node(query.fetch);
    refuseOthers(body, ['quantity'], 'FETCH');
    const fetched = constant(body.quantity, 'FETCH') ?? 1n;
    count = count === null || fetched < count ? fetched : count;
  }
  return { count, offset };
}

export function constantEnvironment(query: QueryEnvironment, binder: Binder, clause: string): Environment {
  return {
    query,
    scope: new Scope([], null),
    clause,
    aggregates: false,
    windows: false,
    namedWindows: new Map(),
    aliases: null,
    aliasesFirst: false,
    binder,
  };
}

const MAXIMUM_LIMIT = 2n ** 62n;

export function printLimit({ count, offset }: Limit): string {
  const start = offset > MAXIMUM_LIMIT ? MAXIMUM_LIMIT : offset;
  if (count === null) return start === 0n ? '' : ` OFFSET ${start}`;
  const rows = count > MAXIMUM_LIMIT ? MAXIMUM_LIMIT : count;
  return ` LIMIT ${rows}${start === 0n ? '' : ` OFFSET ${start}`}`;
}
