/**
 * The parser's tree as it comes out of WASM: externally tagged JSON. Our binder reads it through these helpers
 * and refuses every shape that it does not know.
 */
import { errors, type Position, where } from './sql-errors.ts';

export type { Position } from './sql-errors.ts';
export type AstValue = string | number | boolean | null | readonly AstValue[] | AstNode;
export interface AstNode {
  readonly [key: string]: AstValue;
}

/** `{"Select": {...}}` → `['Select', {...}]`; a bare string is a variant without a body. */
export function variant(value: AstValue | undefined): readonly [string, AstValue] {
  if (typeof value === 'string') return [value, null];
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const keys = Object.keys(value);
    if (keys.length === 1) return [keys[0]!, (value as AstNode)[keys[0]!]!];
  }
  throw errors.notImplemented('this form of SQL');
}

export function node(value: AstValue | undefined): AstNode {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as AstNode;
  throw errors.notImplemented('this form of SQL');
}

export function list(value: AstValue | undefined): readonly AstValue[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw errors.notImplemented('this form of SQL');
}

export function text(value: AstValue | undefined): string {
  if (typeof value === 'string') return value;
  throw errors.notImplemented('this form of SQL');
}

/** Unquoted identifiers fold to lower case; quoted ones keep theirs. */
export function identifier(value: AstValue | undefined): string {
  const body = node(value);
  const name = text(body.value);
  return body.quote_style === null || body.quote_style === undefined ? name.toLowerCase() : name;
}

/** The parts of an object name (`a.b.c`), folded. */
export function objectName(value: AstValue | undefined): string[] {
  return list(value).map((part) => {
    const [kind, body] = variant(part);
    if (kind !== 'Identifier') throw errors.notImplemented('this form of a name');
    return identifier(body);
  });
}

/** Where a name or literal starts; undefined for nodes without a span. */
export function position(value: AstValue | undefined): Position | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = position(item);
      if (found) return found;
    }
    return undefined;
  }
  const start = (value as { span?: { start?: Position } }).span?.start;
  if (start && start.line > 0) return start;
  for (const key of Object.keys(value)) {
    const found = position((value as AstNode)[key]);
    if (found) return found;
  }
  return undefined;
}

function isEmpty(value: AstValue | undefined): boolean {
  return (
    value === null ||
    value === undefined ||
    value === false ||
    value === 'None' ||
    (Array.isArray(value) && value.length === 0)
  );
}

/** Deny by default: any clause that the caller does not handle is an error, never silently ignored. */
export function refuseOthers(body: AstNode, handled: readonly string[], clause: string): void {
  for (const key of Object.keys(body)) {
    if (key === 'span' || key.endsWith('_token') || handled.includes(key) || isEmpty(body[key])) continue;
    const words = `${key.replaceAll('_', ' ').toUpperCase()} in ${clause}`;
    throw errors.notImplemented(`${words}${where(position(body[key]))}`);
  }
}

/** The operands of a chain of AND, brackets taken off. */
export function andOperands(value: AstValue): AstValue[] {
  const found: AstValue[] = [];
  const pending: AstValue[] = [value];
  while (pending.length > 0) {
    const next = pending.pop()!;
    const [kind, content] = variant(next);
    if (kind === 'BinaryOp' && node(content).op === 'And')
      pending.push(node(content).right!, node(content).left!);
    else if (kind === 'Nested') pending.push(content);
    else found.push(next);
  }
  return found;
}
