/** Conditions that the scan can use: bounds of time and values of tags. */
import type { Expression } from './expression.ts';
import type { TimeBounds } from './scope-column.ts';
import type { Source } from './source.ts';

/** Tells the scans what they may skip; returns the conditions that still have to be evaluated. */
export function pushRestrictions(source: Source, where: readonly Expression[]): readonly Expression[] {
  // Behind an outer join the condition stays too: rows that the scan left out may have been joined with nulls.
  const exact = source.scans.length === 1 && !source.joined;
  return where.filter((condition) => !(push(condition) && exact));
}

function push(condition: Expression): boolean {
  const [target, ...values] = condition.comparison?.operands ?? [];
  const source = target?.column?.source;
  const { operator } = condition.comparison ?? {};
  if (source === undefined || operator === undefined || values.length === 0) return false;
  if (source.role === 'time') {
    const [value] = values;
    if (values.length !== 1 || value?.constant?.kind !== 'timestamp') return false;
    const { ns } = value.constant;
    switch (operator) {
      case '=':
        source.scan.bound('lower', ns);
        source.scan.bound('upper', ns);
        return true;
      case '>':
        source.scan.bound('lower', ns + 1n);
        return true;
      case '>=':
        source.scan.bound('lower', ns);
        return true;
      case '<':
        source.scan.bound('upper', ns - 1n);
        return true;
      case '<=':
        source.scan.bound('upper', ns);
        return true;
    }
    return false;
  }
  if (source.role !== 'tag' || (operator !== '=' && operator !== 'IN')) return false;
  const texts = values.map((value) => (value.constant?.kind === 'string' ? value.constant.value : undefined));
  if (texts.some((text) => text === undefined)) return false;
  source.scan.restrict(source.engineName, texts as string[]);
  return true;
}

/** Bounds of a column that the conditions set, for gap filling: the last one of a side wins (sql.md 9.4). */
export function timeBounds(target: Expression, where: readonly Expression[]): TimeBounds | undefined {
  const column = target.column;
  if (column === undefined || column.type.kind !== 'timestamp') return undefined;
  let { lower, upper }: TimeBounds = column.bounds ?? { lower: null, upper: null };
  for (const condition of where) {
    const [left, right] = condition.comparison?.operands ?? [];
    if (left?.column?.id !== column.id || right === undefined) continue;
    const ns = right.constant?.kind === 'timestamp' ? right.constant.ns : undefined;
    const { operator } = condition.comparison!;
    if (operator === '=' || operator === '>=' || operator === '>')
      lower = ns === undefined ? undefined : operator === '>' ? ns + 1n : ns;
    if (operator === '=' || operator === '<=' || operator === '<')
      upper = ns === undefined ? undefined : operator === '<' ? ns - 1n : ns;
  }
  return lower === null && upper === null ? undefined : { lower, upper };
}
