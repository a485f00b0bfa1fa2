/** The grouping half of a SELECT: which keys and aggregates the inner query delivers, and under which ids. */
import type { DataType } from '../types.ts';
import { columnExpression, type Expression, keyOf, printValue, rewrite, some } from './expression.ts';
import { isNested, optional, recarried } from './functions/optional.ts';
import type { Grouping } from './grouping.ts';
import type { Lowering } from './lowering.ts';
import type { Scope } from './scope.ts';
import type { ScopeColumn } from './scope-column.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';

export interface AggregationItem {
  readonly expression: Expression;
  readonly column: ScopeColumn;
  /** As it stands in the inner select list. */
  readonly sql: string;
  /** The same without its name. */
  readonly bare: string;
}

/** A gap-filled aggregate: computed over the filled rows. */
export interface AggregationFill {
  readonly kind: 'locf' | 'interpolate';
  readonly type: DataType;
  readonly column: ScopeColumn;
  /** Engine SQL of the aggregate (and casts around it), its columns called as the filled rows call them. */
  print(columnOf: (id: string) => string): string;
}

export class Aggregation {
  readonly keys: readonly AggregationItem[];
  readonly aggregates: AggregationItem[] = [];
  readonly fills: AggregationFill[] = [];
  private readonly context: StatementContext;
  private readonly grouping: Grouping | null;
  /** The level below, where correlated subqueries are computed. */
  private readonly lowering: Lowering;
  private readonly scope: Scope;
  private readonly strategies = new Map<string, AggregationFill['kind']>();
  private readonly fillColumns = new Map<string, ScopeColumn>();
  private readonly byKey = new Map<string, AggregationItem>();
  /** Whether a correlated subquery stands over the groups. */
  private hasCorrelated = false;

  constructor(context: StatementContext, scope: Scope, grouping: Grouping | null, lowering: Lowering) {
    this.context = context;
    this.lowering = lowering;
    this.grouping = grouping;
    this.scope = scope;
    this.keys = (grouping?.keys ?? []).map((expression) => this.key(expression));
    for (const key of this.keys) this.byKey.set(keyOf(key.expression), key);
  }

  private key(expression: Expression): AggregationItem {
    const sets = (this.grouping?.sets ?? null) !== null;
    const { column } = expression;
    if (column !== undefined && !sets) {
      // The same id goes on, so that correlated subqueries, printed already, still mean it.
      column.use();
      const { source: _, ...rest } = column;
      return { expression, column: { ...rest, use() {} }, sql: column.id, bare: column.id };
    }
    const id = this.context.freshId();
    let sql = printValue(this.lowering.withoutCorrelated(expression));
    if (!some(expression, (e) => e.column !== undefined)) sql = `materialize(${sql})`;
    // Of a key that is rolled up the engine gives the default of its type.
    const type = sets ? optional(expression.type) : expression.type;
    sql = recarried(sql, expression.type, type);
    if (sets && !isNested(expression.type) && expression.type.kind !== 'dictionary')
      sql = `toNullable(${sql})`;
    const nullable = expression.nullable || sets;
    return {
      expression,
      sql: `${sql} AS ${id}`,
      bare: sql,
      column: { name: expression.name, type, nullable, id, use() {} },
    };
  }

  /** The expression over the inner query's columns; throws when it needs a column that is neither. */
  rewrite(expression: Expression): Expression {
    return rewrite(expression, (part) => {
      if (part.constant !== undefined && part.kind === 'constant') return undefined;
      if (part.fill !== undefined && part.fill.kind !== 'bin') return this.fill(part, part.fill.kind);
      const key = this.byKey.get(keyOf(part));
      if (key !== undefined) return reference(key, part);
      if (part.kind === 'subquery' && part.children.length > 0) this.hasCorrelated = true;
      if (part.kind === 'aggregate') return reference(this.aggregate(part), part);
      if (part.column !== undefined && this.scope.owns(part.column.id))
        throw errors.planning(
          `Column in SELECT must be in GROUP BY or an aggregate function: While expanding wildcard, column "${part.name}" must appear in the GROUP BY clause or must be part of an aggregate function, currently only "${this.keys.map((item) => item.expression.name).join(', ')}" appears in the SELECT clause satisfies this requirement`,
        );
      return undefined;
    });
  }

  private fill(expression: Expression, kind: AggregationFill['kind']): Expression {
    let target = expression.children[0]!;
    while (target.kind === 'call' && target.children.length === 1) target = target.children[0]!;
    if (target.kind !== 'aggregate')
      throw errors.planning(`${kind} must be called on an aggregate column in a gap-filling query`);
    const strategy = this.strategies.get(keyOf(target)) ?? kind;
    if (strategy !== kind)
      throw errors.planning(`multiple fill strategies for the same column: ${target.name}`);
    this.strategies.set(keyOf(target), kind);
    const value = this.rewrite(expression.children[0]!);
    const known = `${kind}:${keyOf(value)}`;
    let column = this.fillColumns.get(known);
    if (column === undefined) {
      column = {
        name: expression.name,
        type: expression.type,
        nullable: true,
        id: this.context.freshId(),
        use() {},
      };
      this.fillColumns.set(known, column);
      this.fills.push({
        kind,
        type: value.type,
        column,
        print: (columnOf) =>
          printValue(
            rewrite(value, (part) =>
              part.column === undefined
                ? undefined
                : columnExpression({ ...part.column, id: columnOf(part.column.id) }, part.name),
            ),
          ),
      });
    }
    return columnExpression(column, expression.name);
  }

  private aggregate(expression: Expression): AggregationItem {
    const key = keyOf(expression);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const id = this.context.freshId();
    const bare = this.printAggregate(expression);
    const item: AggregationItem = {
      expression,
      sql: `${bare} AS ${id}`,
      bare,
      column: {
        name: expression.name,
        type: expression.type,
        nullable: expression.nullable,
        id,
        use() {},
      },
    };
    this.aggregates.push(item);
    this.byKey.set(key, item);
    return item;
  }

  /** `grouping(x)` names keys, not their values. */
  private printAggregate(expression: Expression): string {
    if (expression.grouping !== true) return printValue(this.lowering.withoutCorrelated(expression));
    const ids = expression.children.map((child) => {
      const key = this.byKey.get(keyOf(child));
      if (key === undefined)
        throw errors.planning(`Argument ${child.name} to grouping function is not in grouping columns`);
      return key.column.id;
    });
    if ((this.grouping?.sets ?? null) === null) return 'toInt32(0)';
    return `toInt32(grouping(${ids.join(', ')}))`;
  }

  /** The inner query; `fromWhere` stands behind its select list. */
  print(fromWhere: string): string {
    const items = [...this.keys, ...this.aggregates].map((item) => item.sql);
    const ids = this.keys.map((key) => key.column.id);
    const sets = this.grouping?.sets ?? null;
    // Without keys and aggregates (`HAVING true`) it is still one row.
    if (items.length === 0) items.push(`count() AS ${this.context.freshId()}`);
    const select = `SELECT ${items.join(', ')}${fromWhere}`;
    // The engine takes keys without columns for no keys; without rows it would give one group.
    const grounded = this.keys.some(({ expression }) => some(expression, (e) => e.column !== undefined));
    if (ids.length > 0 && sets === null && !grounded)
      // By place: of some constants the engine does not find the name.
      return `${select} GROUP BY ${ids.map((_, i) => i + 1).join(', ')} HAVING count() > 0`;
    // Grouping sets without an aggregate that is used lose groups of nulls in the engine.
    if (sets !== null)
      return this.withOldIds(
        `${select} GROUP BY GROUPING SETS (${sets.map((set) => `(${set.map((i) => ids[i]).join(', ')})`).join(', ')}) HAVING count() >= 0`,
      );
    return ids.length === 0 ? select : `${select} GROUP BY ${ids.join(', ')}`;
  }

  /** Keys of grouping sets have new ids, but correlated subqueries over them, printed already, mean the old ones. */
  get idsOfSets(): ReadonlyMap<string, string> {
    const columns = (this.grouping?.sets ?? null) === null ? [] : this.keys;
    return new Map(
      columns.flatMap(({ expression, column }) =>
        expression.column === undefined ? [] : [[expression.column.id, column.id]],
      ),
    );
  }

  private withOldIds(grouped: string): string {
    if (!this.hasCorrelated) return grouped;
    const old = [...this.idsOfSets].map(([before, id]) => `${id} AS ${before}`);
    return old.length === 0 ? grouped : `SELECT *, ${old.join(', ')} FROM (${grouped})`;
  }

  /** One level of grouping and nothing that the engine has to be talked into. */
  get isPlain(): boolean {
    const sets = this.grouping?.sets ?? null;
    const isGrounded = ({ expression }: AggregationItem) => some(expression, (e) => e.column !== undefined);
    const isFlat = ({ expression }: AggregationItem) => !some(expression, (e) => e.kind === 'subquery');
    return (
      sets === null &&
      this.lowering.isEmpty &&
      this.fills.length === 0 &&
      this.keys.every(isGrounded) &&
      this.keys.length + this.aggregates.length > 0 &&
      [...this.keys, ...this.aggregates].every(isFlat)
    );
  }

  /** What a column of the inner query is computed from. */
  sqlOf(columnId: string): string | undefined {
    return [...this.keys, ...this.aggregates].find(({ column }) => column.id === columnId)?.bare;
  }

  label(): string {
    const names = (items: readonly AggregationItem[]): string =>
      items.map((item) => item.expression.name).join(', ');
    return `Aggregate: groupBy=[[${names(this.keys)}]], aggr=[[${names(this.aggregates)}]]`;
  }
}

const reference = (item: AggregationItem, part: Expression): Expression => ({
  ...columnExpression(item.column, part.name),
  ...(part.emptyValue === undefined ? {} : { emptyValue: part.emptyValue }),
});
