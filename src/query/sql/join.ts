/** Joins of two sources. */
import { type AstValue, andOperands, list, objectName, variant } from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { refuseCorrelated } from './bind-subquery.ts';
import type { Binder, Environment, QueryEnvironment } from './environment.ts';
import { conjuncts, type Expression, printExpression, some } from './expression.ts';
import { operand, withKey, withNulls } from './join-side.ts';
import { bindUsing, commonNames, joinCondition } from './join-using.ts';
import { isCorrelated } from './lowering.ts';
import { planNode } from './plan-node.ts';
import { Scope } from './scope.ts';
import type { Source } from './source.ts';
import { errors } from './sql-errors.ts';

export interface JoinSyntax {
  readonly operator: string;
  readonly constraint: AstValue;
}

type Kind = 'Inner' | 'Left' | 'Right' | 'Full' | 'LeftSemi' | 'RightSemi' | 'LeftAnti' | 'RightAnti';

const KINDS: Readonly<Record<string, Kind>> = {
  Join: 'Inner',
  Inner: 'Inner',
  Left: 'Left',
  LeftOuter: 'Left',
  Right: 'Right',
  RightOuter: 'Right',
  FullOuter: 'Full',
  Semi: 'LeftSemi',
  LeftSemi: 'LeftSemi',
  RightSemi: 'RightSemi',
  Anti: 'LeftAnti',
  LeftAnti: 'LeftAnti',
  RightAnti: 'RightAnti',
};

const ENGINE: Readonly<Record<Kind, string>> = {
  Inner: 'INNER JOIN',
  Left: 'LEFT JOIN',
  Right: 'RIGHT JOIN',
  Full: 'FULL JOIN',
  LeftSemi: 'LEFT SEMI JOIN',
  RightSemi: 'LEFT SEMI JOIN',
  LeftAnti: 'LEFT ANTI JOIN',
  RightAnti: 'LEFT ANTI JOIN',
};

export function bindJoin(
  join: JoinSyntax,
  left: Source,
  right: Source,
  environment: QueryEnvironment,
  binder: Binder,
): Source {
  checkQualifiers(left, right);
  if (join.operator === 'CrossJoin') return cross(left, right, environment);
  const kind = KINDS[join.operator];
  if (kind === undefined) throw errors.notImplemented(`${join.operator} as a join`);
  const swapped = kind === 'RightSemi' || kind === 'RightAnti';
  const [first, second] = swapped ? [right, left] : [left, right];
  const { context } = environment;
  const a = kind === 'Right' || kind === 'Full' ? withNulls(first, context) : operand(first, context, 'left');
  const b =
    kind === 'Left' || kind === 'Full' ? withNulls(second, context) : operand(second, context, 'right');
  const [form, content] = variant(join.constraint);
  const using =
    form === 'Using'
      ? list(content).map((name) => objectName(name).join('.'))
      : form === 'Natural'
        ? commonNames(a, b)
        : [];
  if (form === 'None' && kind !== 'Inner')
    throw errors.planning(`${kind.toUpperCase()} JOIN needs ON or USING`);
  if (form === 'None' || (form === 'Natural' && using.length === 0)) return cross(left, right, environment);
  const inherited = conditionsOf(kind, left, right);
  const shown = kind === 'Full' ? 'either' : kind === 'Right' ? 'right' : 'left';
  const usingParts = bindUsing(using, a, b, shown);
  const { on, later } =
    form === 'On'
      ? bindOn(content, a, b, { kind, environment, binder })
      : { on: usingParts.conditions, later: [] };
  if (form === 'On' && on.length === 0)
    return { ...cross(left, right, environment), conditions: [...inherited, ...later] };
  // The engine joins by keys, except for inner joins: without any, both sides get one that is always equal.
  const keyed = kind === 'Inner' || on.some((part) => isKey(part, a, b));
  const [leftKey, rightKey] = [context.freshId(), context.freshId()];
  const [left1, right1] = keyed
    ? [a.sql, b.sql]
    : [withKey(a, context, leftKey), withKey(b, context, rightKey)];
  const parts = on.map((part) => (isKey(part, a, b) ? printExpression(part) : printCondition(part)));
  const condition = [...(keyed ? [] : [`${leftKey} = ${rightKey}`]), ...parts].join(' AND ');
  const label = `${kind} Join: ${on.map((part) => part.name).join(' AND ')}`;
  const onlyFirst = kind.endsWith('Semi') || kind.endsWith('Anti');
  return {
    relations: onlyFirst ? a.relations : [...a.relations, ...b.relations],
    sql: `${left1} ${ENGINE[kind]} ${right1} ON ${condition}`,
    node: planNode(label, left.node, right.node),
    merged: onlyFirst ? a.merged : new Map([...a.merged, ...b.merged, ...usingParts.merged]),
    shadowed: onlyFirst ? a.shadowed : new Set([...a.shadowed, ...b.shadowed, ...usingParts.shadowed]),
    scans: [...left.scans, ...right.scans],
    joined: true,
    conditions: [...inherited, ...later],
  };
}

interface OnPlace {
  readonly kind: Kind;
  readonly environment: QueryEnvironment;
  readonly binder: Binder;
}

/** The conditions that the engine joins by, and those to be asked of the rows that come of it. */
function bindOn(
  syntax: AstValue,
  a: Source,
  b: Source,
  { kind, environment, binder }: OnPlace,
): { readonly on: readonly Expression[]; readonly later: readonly AstValue[] } {
  const scope = new Scope(
    [...a.relations, ...b.relations],
    environment.outer,
    new Map([...a.merged, ...b.merged]),
    new Set([...a.shadowed, ...b.shadowed]),
  );
  const at = conditionEnvironment(scope, environment, binder);
  const written = andOperands(syntax).map((operand) => ({
    operand,
    parts: conjuncts(bindCondition(operand, at)).map(joinCondition),
  }));
  // Of the rows of an inner join all conditions may be asked for at the end, where the engine has correlated subqueries.
  const isLater = ({ parts }: { readonly parts: readonly Expression[] }): boolean =>
    kind === 'Inner' && parts.some(isCorrelated);
  const on = written.filter((each) => !isLater(each)).flatMap(({ parts }) => parts);
  for (const part of on) refuseCorrelated(part, 'ON');
  return { on, later: written.filter(isLater).map(({ operand }) => operand) };
}

/** What is left to be asked of the sides' rows, where rows are only joined to theirs, never missing. */
function conditionsOf(kind: Kind, left: Source, right: Source): readonly AstValue[] {
  const [ofLeft, ofRight] = [left.conditions ?? [], right.conditions ?? []];
  const mayFilterRight = kind === 'Inner';
  const mayFilterLeft = mayFilterRight || kind === 'Left' || kind === 'LeftSemi' || kind === 'LeftAnti';
  if ((ofLeft.length > 0 && !mayFilterLeft) || (ofRight.length > 0 && !mayFilterRight))
    throw errors.notImplemented('a correlated subquery in the ON of an inner join within an outer join');
  return [...ofLeft, ...ofRight];
}

function conditionEnvironment(scope: Scope, query: QueryEnvironment, binder: Binder): Environment {
  return {
    query,
    scope,
    clause: 'ON',
    aggregates: false,
    windows: false,
    namedWindows: new Map(),
    aliases: null,
    aliasesFirst: false,
    binder,
  };
}

function checkQualifiers(left: Source, right: Source): void {
  const names = new Set(left.relations.map((relation) => relation.qualifier));
  for (const { qualifier } of right.relations)
    if (qualifier !== null && names.has(qualifier))
      throw errors.planning(`The table name '${qualifier}' stands twice in FROM: give one of them an alias`);
}

function cross(left: Source, right: Source, environment: QueryEnvironment): Source {
  const [a, b] = [operand(left, environment.context, 'left'), operand(right, environment.context, 'right')];
  return {
    relations: [...a.relations, ...b.relations],
    sql: `${a.sql} CROSS JOIN ${b.sql}`,
    node: planNode('Cross Join', left.node, right.node),
    merged: new Map([...a.merged, ...b.merged]),
    shadowed: new Set([...a.shadowed, ...b.shadowed]),
    scans: [...left.scans, ...right.scans],
    joined: true,
    conditions: conditionsOf('Inner', left, right),
  };
}

/** Whether the condition is an equality between the two sides. */
function isKey(part: Expression, left: Source, right: Source): boolean {
  const operands = part.comparison?.operator === '=' ? part.comparison.operands : [];
  const sideOf = (operand: Expression): string => {
    const sides = new Set<string>();
    some(operand, (e) => {
      if (e.column !== undefined)
        sides.add(has(left, e.column.id) ? 'l' : has(right, e.column.id) ? 'r' : 'o');
      return false;
    });
    return [...sides].join('');
  };
  return operands.length === 2 && ['lr', 'rl'].includes(operands.map(sideOf).join(''));
}

const ORDERINGS = new Set(['=', '!=', '<', '<=', '>', '>=']);

/** The engine leaves out a condition beside the keys that it finds to be null whatever the row: as if it held. */
function printCondition(part: Expression): string {
  const printed = printExpression(part);
  const { operator = '', operands = [] } = part.comparison ?? {};
  const isOfRow =
    ORDERINGS.has(operator) &&
    operands.every(({ kind, nullable }) => kind === 'column' || (kind === 'constant' && !nullable));
  return part.nullable && !isOfRow ? `ifNull(${printed}, false)` : printed;
}

const has = (source: Source, id: string): boolean =>
  source.relations.some((relation) => relation.columns.some((column) => column.id === id));
