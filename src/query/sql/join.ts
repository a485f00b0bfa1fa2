/** Joins of two sources. */
import { type AstValue, andOperands, list, objectName, variant } from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { refuseCorrelated } from './bind-subquery.ts';
import { cast } from './cast.ts';
import { compare, joinable } from './comparison.ts';
import type { Binder, Environment, QueryEnvironment } from './environment.ts';
import { call, columnExpression, conjuncts, type Expression, printExpression, some } from './expression.ts';
import { isNested, isNumber, plain, sameType } from './functions/support.ts';
import { isCorrelated } from './lowering.ts';
import { planNode } from './plan-node.ts';
import { Scope, type ScopeRelation } from './scope.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';
import { comparisonType, unionType } from './type-rules.ts';

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
  const usingParts = bindUsing(using, a, b, kind);
  const inherited = conditionsOf(kind, left, right);
  let on: Expression[];
  let later: readonly AstValue[] = [];
  if (form === 'On') {
    const scope = new Scope(
      [...a.relations, ...b.relations],
      environment.outer,
      new Map([...a.merged, ...b.merged]),
      new Set([...a.shadowed, ...b.shadowed]),
    );
    const at = conditionEnvironment(scope, environment, binder);
    const written = andOperands(content).map((operand) => ({
      operand,
      parts: conjuncts(bindCondition(operand, at)).map(joinCondition),
    }));
    // Of the rows of an inner join all conditions may be asked for at the end, where the engine has correlated subqueries.
    const isLater = ({ parts }: { readonly parts: readonly Expression[] }): boolean =>
      kind === 'Inner' && parts.some(isCorrelated);
    later = written.filter(isLater).map(({ operand }) => operand);
    on = written.filter((each) => !isLater(each)).flatMap(({ parts }) => parts);
    for (const part of on) refuseCorrelated(part, 'ON');
    if (on.length === 0) return { ...cross(left, right, environment), conditions: [...inherited, ...later] };
  } else on = usingParts.conditions;
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

/** A side of a join: a relation gets an alias; a join may stand on the left only, elsewhere it is put in brackets. */
function operand(source: Source, context: StatementContext, side: 'left' | 'right'): Source {
  if (!source.joined) return { ...source, sql: `${source.sql} AS ${relationName(context)}` };
  return side === 'left' ? source : selected(source, context, (column) => column.id);
}

const relationName = (context: StatementContext): string => `r${context.freshId().slice(1)}`;

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

/**
 * The engine must not see that the key is constant, nor take the joins of the left side together with this one
 * (the limit keeps them apart): it would find nothing to join by.
 */
function withKey(source: Source, context: StatementContext, key: string): string {
  return `(SELECT *, materialize(toUInt8(1)) AS ${key} FROM ${source.sql} LIMIT ${2n ** 63n - 2n}) AS ${relationName(context)}`;
}

/** The side whose rows may be missing: its columns become able to show that. */
function withNulls(source: Source, context: StatementContext): Source {
  return selected(source, context, (column) =>
    isNested(column.type) || (column.source !== undefined && column.nullable)
      ? column.id
      : `toNullable(${column.id})`,
  );
}

/** The source as a subquery of its own that hands on the columns that are used. */
function selected(source: Source, context: StatementContext, print: (column: ScopeColumn) => string): Source {
  const used = new Map<string, string>();
  const byOldId = new Map<string, ScopeColumn>();
  const relations = source.relations.map(
    (relation): ScopeRelation => ({
      qualifier: relation.qualifier,
      columns: relation.columns.map((column): ScopeColumn => {
        const id = context.freshId();
        const copy: ScopeColumn = {
          ...column,
          nullable: print(column) === column.id ? column.nullable : true,
          id,
          use() {
            column.use();
            used.set(id, print(column));
          },
        };
        byOldId.set(column.id, copy);
        return copy;
      }),
    }),
  );
  const sql = context.hole(() => {
    const list = [...used].map(([id, expression]) => `${expression} AS ${id}`);
    return `(SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM ${source.sql})`;
  });
  const merged = new Map(
    [...source.merged].map(([name, expression]): [string, Expression] => [name, moved(expression, byOldId)]),
  );
  const shadowed = new Set([...source.shadowed].map((id) => byOldId.get(id)?.id ?? id));
  return { ...source, relations, merged, shadowed, sql: `${sql} AS ${relationName(context)}`, joined: false };
}

function moved(expression: Expression, columns: ReadonlyMap<string, ScopeColumn>): Expression {
  const column = expression.column === undefined ? undefined : columns.get(expression.column.id);
  const standsFor = expression.standsFor?.map((id) => columns.get(id)?.id ?? id);
  return {
    ...(column === undefined
      ? { ...expression, children: expression.children.map((child) => moved(child, columns)) }
      : columnExpression(column, expression.name)),
    ...(standsFor === undefined ? {} : { standsFor }),
  };
}

/** An equality as the engine joins by it: on equal types only. */
function joinCondition(part: Expression): Expression {
  const operands = part.comparison?.operator === '=' ? part.comparison.operands : undefined;
  const [left, right] = operands ?? [];
  if (left === undefined || right === undefined) return part;
  if (!isNumber(plain(left.type)) || !isNumber(plain(right.type))) return part;
  if (sameType(left.type, right.type)) return joinable(part);
  const type = comparisonType(left.type, right.type)!;
  return { ...joinable(compare('=', cast(left, type), cast(right, type))), name: part.name };
}

function commonNames(left: Source, right: Source): string[] {
  const names = new Set(right.relations.flatMap((relation) => relation.columns.map((column) => column.name)));
  return [
    ...new Set(left.relations.flatMap((relation) => relation.columns.map((column) => column.name))),
  ].filter((name) => names.has(name));
}

interface Using {
  readonly conditions: Expression[];
  readonly merged: Map<string, Expression>;
  readonly shadowed: Set<string>;
}

function bindUsing(names: readonly string[], left: Source, right: Source, kind: Kind): Using {
  const side = (source: Source): Scope => new Scope(source.relations, null, source.merged, source.shadowed);
  const conditions: Expression[] = [];
  const merged = new Map<string, Expression>();
  const shadowed = new Set<string>();
  for (const name of names) {
    const a = side(left).resolve(null, name, undefined);
    const b = side(right).resolve(null, name, undefined);
    conditions.push(joinCondition(compare('=', a, b)));
    const standsFor = [a, b].flatMap((side) => [
      ...(side.standsFor ?? []),
      ...(side.column === undefined ? [] : [side.column.id]),
    ]);
    if (kind === 'Full') {
      const type = unionType(a.type, b.type) ?? a.type;
      const both = call(type, name, [cast(a, type), cast(b, type)], ([x, y]) => `coalesce(${x}, ${y})`, {
        nullable: true,
      });
      merged.set(name, { ...both, standsFor });
    } else merged.set(name, { ...(kind === 'Right' ? b : a), standsFor });
    for (const id of b.standsFor ?? []) shadowed.add(id);
    if (b.column !== undefined) shadowed.add(b.column.id);
  }
  return { conditions, merged, shadowed };
}
