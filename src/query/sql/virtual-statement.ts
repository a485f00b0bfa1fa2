/**
 * What can be told from a statement's tree alone about its use of one table that the host supplies (a cache, a system
 * table, a view of information_schema): which values of columns it asks for, and whether it does anything but pick
 * columns. Whatever is not recognised is left to the engine.
 */
import type { ParameterValue } from '../query.ts';
import { type AstNode, type AstValue, identifier, list, node, variant } from './ast.ts';

/** Column -> values: rows without one of them do not matter. The column may be anything. */
export type Equalities = ReadonlyMap<string, ReadonlySet<string>>;

export interface VirtualStatement {
  readonly equalities: Equalities;
  /** The column of each output, `*` for all; null = the engine has to do more than pick columns. */
  readonly projection: readonly string[] | null;
}

const FUNCTIONS: ReadonlySet<string> = new Set(['last_cache', 'distinct_cache']);

/** undefined: not a SELECT from one such table and nothing else. */
export function virtualStatement(
  query: AstNode,
  parameters: ReadonlyMap<string, ParameterValue>,
): VirtualStatement | undefined {
  const select = onlySelect(query);
  if (select === undefined) return undefined;
  const qualifier = tableName(select);
  if (qualifier === undefined) return undefined;
  const conditions = new Conditions(qualifier, parameters);
  const isWhole = conditions.add(select.selection);
  const isPlain =
    isWhole &&
    hasOnly(query, ['body']) &&
    hasOnly(select, ['projection', 'from', 'selection', 'select_token', 'flavor', 'group_by']) &&
    groupsNothing(select.group_by);
  return { equalities: conditions.equalities, projection: isPlain ? projectionOf(select, qualifier) : null };
}

/** The only SELECT of the statement: in another one the same table could be read whole. */
function onlySelect(query: AstNode): AstNode | undefined {
  const body = query.body ?? null;
  if (body === null || typeof body !== 'object' || !('Select' in body) || selects(query) !== 1)
    return undefined;
  return node((body as AstNode).Select);
}

function selects(value: AstValue | undefined): number {
  if (value === null || typeof value !== 'object') return 0;
  let count = 0;
  for (const [key, item] of Object.entries(value)) count += (key === 'Select' ? 1 : 0) + selects(item);
  return count;
}

/** What the columns may be qualified with. */
function tableName({ from }: AstNode): string | undefined {
  const items = list(from);
  if (items.length !== 1) return undefined;
  const { relation, joins } = node(items[0]);
  if (list(joins).length > 0) return undefined;
  const [kind, content] = variant(relation);
  if (kind !== 'Table') return undefined;
  const { name, alias, args } = node(content);
  const path = list(name);
  const [part, word] = path.length > 0 ? variant(path[path.length - 1]) : ['', null];
  if (part !== 'Identifier') return undefined;
  const isFunction = (args ?? null) !== null;
  // A name without a schema may be one of WITH.
  if (isFunction ? path.length !== 1 || !FUNCTIONS.has(identifier(word)) : path.length < 2) return undefined;
  if ((alias ?? null) === null) return identifier(word);
  const body = node(alias);
  return list(body.columns).length === 0 ? identifier(body.name) : undefined;
}

class Conditions {
  readonly equalities = new Map<string, ReadonlySet<string>>();
  private readonly qualifier: string;
  private readonly parameters: ReadonlyMap<string, ParameterValue>;

  constructor(qualifier: string, parameters: ReadonlyMap<string, ParameterValue>) {
    this.qualifier = qualifier;
    this.parameters = parameters;
  }

  /** Takes what must hold; true when that is all of the condition. */
  add(condition: AstValue | undefined): boolean {
    if (condition === null || condition === undefined) return true;
    const [kind, content] = variant(condition);
    if (kind === 'Nested') return this.add(content);
    const body = node(content);
    if (kind === 'BinaryOp' && body.op === 'And') {
      const left = this.add(body.left);
      return this.add(body.right) && left;
    }
    if (kind === 'BinaryOp' && body.op === 'Eq') {
      return this.equal(body.left, [body.right]) || this.equal(body.right, [body.left]);
    }
    if (kind === 'InList' && body.negated === false) return this.equal(body.expr, list(body.list));
    return false;
  }

  private equal(column: AstValue | undefined, values: readonly (AstValue | undefined)[]): boolean {
    const name = columnOf(column, this.qualifier);
    const texts = values.map((value) => this.text(value));
    if (name === undefined || texts.some((text) => text === undefined)) return false;
    const before = this.equalities.get(name);
    const allowed = (texts as string[]).filter((text) => before === undefined || before.has(text));
    this.equalities.set(name, new Set(allowed));
    return true;
  }

  private text(value: AstValue | undefined): string | undefined {
    if (!isVariant(value, 'Value')) return undefined;
    const [kind, content] = variant(node(value.Value).value);
    if (typeof content !== 'string') return undefined;
    if (kind === 'SingleQuotedString') return content;
    const parameter = kind === 'Placeholder' ? this.parameters.get(content.slice(1)) : undefined;
    return typeof parameter === 'string' ? parameter : undefined;
  }
}

function projectionOf({ projection }: AstNode, qualifier: string): readonly string[] | null {
  const columns: string[] = [];
  for (const item of list(projection)) {
    const [kind, content] = variant(item);
    const column =
      kind === 'Wildcard'
        ? hasOnly(node(content), ['wildcard_token'])
          ? '*'
          : undefined
        : kind === 'UnnamedExpr'
          ? columnOf(content, qualifier)
          : kind === 'ExprWithAlias'
            ? columnOf(node(content).expr, qualifier)
            : undefined;
    if (column === undefined) return null;
    columns.push(column);
  }
  return columns;
}

function columnOf(value: AstValue | undefined, qualifier: string): string | undefined {
  if (isVariant(value, 'Identifier')) return identifier(value.Identifier);
  if (!isVariant(value, 'CompoundIdentifier')) return undefined;
  const parts = list(value.CompoundIdentifier).map(identifier);
  return parts.length === 2 && parts[0] === qualifier ? parts[1] : undefined;
}

function isVariant(value: AstValue | undefined, kind: string): value is AstNode {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, kind);
}

function groupsNothing(value: AstValue | undefined): boolean {
  return isVariant(value, 'Expressions') && list(value.Expressions).every((part) => list(part).length === 0);
}

/** Whether everything else in the node says nothing. */
function hasOnly(body: AstNode, known: readonly string[]): boolean {
  return Object.entries(body).every(([key, value]) => {
    const isNothing =
      value === null ||
      value === false ||
      value === undefined ||
      (Array.isArray(value) && value.length === 0);
    return isNothing || known.includes(key);
  });
}
