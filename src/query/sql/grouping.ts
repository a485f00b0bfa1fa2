/** GROUP BY: expressions, positions, aliases, ALL, GROUPING SETS, ROLLUP and CUBE. */
import { type AstValue, list, variant } from './ast.ts';
import { DistinctExpressions } from './distinct-expressions.ts';
import type { Environment } from './environment.ts';
import { type Expression, some } from './expression.ts';
import type { Projection } from './projection.ts';
import { errors } from './sql-errors.ts';

export interface Grouping {
  /** Each different key once. */
  readonly keys: readonly Expression[];
  /** Indexes into `keys`; null = one set of all. */
  readonly sets: readonly (readonly number[])[] | null;
}

const MAXIMUM_SETS = 512;

/** null: no GROUP BY. */
export function bindGrouping(
  value: AstValue | undefined,
  projection: readonly Projection[],
  environment: Environment,
): Grouping | null {
  const [form, content] = variant(value ?? { Expressions: [[], []] });
  const collector = new Collector(projection, environment);
  if (form === 'All') {
    if (list(content).length > 0) throw errors.notImplemented('modifiers of GROUP BY ALL');
    for (const { expression } of projection)
      if (
        !some(expression, (e) => e.kind === 'aggregate' || e.kind === 'window') &&
        expression.constant === undefined
      )
        collector.add(expression);
    return { keys: collector.keys, sets: null };
  }
  if (form !== 'Expressions') throw errors.notImplemented('this form of GROUP BY');
  const [items, modifiers] = list(content);
  if (list(modifiers).length > 0)
    throw errors.notImplemented('GROUP BY … WITH: write ROLLUP (…), CUBE (…) or GROUPING SETS (…)');
  if (list(items).length === 0) return null;
  let sets: number[][] = [[]];
  let several = false;
  for (const item of list(items)) {
    const [kind, part] = variant(item);
    let own: number[][];
    if (kind === 'Rollup') own = prefixes(collector.groups(part));
    else if (kind === 'Cube') own = subsets(collector.groups(part));
    else if (kind === 'GroupingSets') own = collector.groups(part);
    else {
      own = [kind === 'Tuple' ? list(part).map((entry) => collector.bind(entry)) : [collector.bind(item)]];
    }
    several ||= own.length !== 1 || ['Rollup', 'Cube', 'GroupingSets'].includes(kind);
    sets = sets.flatMap((set) => own.map((addition) => [...new Set([...set, ...addition])]));
    if (sets.length > MAXIMUM_SETS) throw errors.tooComplex(`more than ${MAXIMUM_SETS} grouping sets`);
  }
  return { keys: collector.keys, sets: several ? sets : null };
}

class Collector {
  private readonly distinct = new DistinctExpressions();
  private readonly projection: readonly Projection[];
  private readonly environment: Environment;

  constructor(projection: readonly Projection[], environment: Environment) {
    this.projection = projection;
    this.environment = environment;
  }

  get keys(): readonly Expression[] {
    return this.distinct.items;
  }

  bind(value: AstValue): number {
    const expression = this.environment.binder.expression(value, this.environment);
    const isPosition = variant(value)[0] === 'Value' && expression.constant?.kind === 'integer';
    if (!isPosition) return this.add(expression);
    const position = Number((expression.constant as { value: bigint }).value);
    const item = this.projection[position - 1];
    if (item === undefined)
      throw errors.planning(
        `Cannot find column with position ${position} in SELECT clause. Valid columns: 1 to ${this.projection.length}`,
      );
    return this.add(item.expression);
  }

  add(expression: Expression): number {
    if (some(expression, (e) => e.kind === 'aggregate' || e.kind === 'window'))
      throw errors.planning(`Aggregate and window functions are not allowed in GROUP BY: ${expression.name}`);
    return this.distinct.add(expression);
  }

  /** `((a), (a, b), ())`. */
  groups(value: AstValue): number[][] {
    return list(value).map((group) => {
      if (!Array.isArray(group)) return [this.bind(group)];
      return group.flatMap((entry: AstValue) => {
        const [kind, content] = variant(entry);
        return kind === 'Tuple' ? list(content).map((part) => this.bind(part)) : [this.bind(entry)];
      });
    });
  }
}

const prefixes = (groups: readonly (readonly number[])[]): number[][] =>
  Array.from({ length: groups.length + 1 }, (_, i) => groups.slice(0, groups.length - i).flat());

function subsets(groups: readonly (readonly number[])[]): number[][] {
  if (groups.length > 9) throw errors.tooComplex('CUBE over more than 9 expressions');
  return Array.from({ length: 2 ** groups.length }, (_, bits) =>
    groups.filter((__, i) => (bits & (1 << (groups.length - 1 - i))) === 0).flat(),
  );
}
