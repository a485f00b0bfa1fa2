/**
 * Tokens once more, naive: a list of plain objects and the rules of the specification, with nothing of `src/tokens`
 * or the catalog in it. Strings are numbers here; the test maps them to real ones.
 */
import type { DatabaseReference, Operation } from '../../src/auth/operation.ts';
import type { Permission } from '../../src/auth/permission.ts';
import { naiveAllows } from './naive-authorizer.ts';

export interface ModelDatabase {
  readonly id: number;
  name: string;
  readonly originalName: string;
  isDeleted: boolean;
}

export interface ModelToken {
  readonly id: number;
  name: string;
  string: number;
  old: { string: number; untilMs: number } | null;
  expiryMs: number | null;
  permissions: readonly Permission[];
  derive: boolean;
  readonly parentId: number | null;
}

export type ModelAnswer = { readonly line: readonly ModelToken[] } | 'unknown' | 'expired';

const DAY_MS = 86_400_000;

export class TokenModel {
  readonly databases: ModelDatabase[] = [];
  readonly tokens: ModelToken[] = [];
  nowMs: number;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** What a string is now. */
  authenticate(string: number): ModelAnswer {
    const token = this.tokens.find((one) => one.string === string || one.old?.string === string);
    if (token === undefined) return 'unknown';
    const endMs = Math.min(
      token.expiryMs ?? Infinity,
      token.string === string ? Infinity : (token.old?.untilMs ?? Infinity),
    );
    if (endMs <= this.nowMs) return 'expired';
    const line = this.lineOf(token);
    if (line.slice(1).some(({ expiryMs }) => (expiryMs ?? Infinity) <= this.nowMs)) return 'expired';
    return { line };
  }

  allows(string: number, operation: Operation): boolean {
    const answer = this.authenticate(string);
    if (typeof answer === 'string') return false;
    return naiveAllows(
      answer.line.map(({ permissions }) => permissions),
      operation,
    );
  }

  lineOf(token: ModelToken): ModelToken[] {
    const parent = this.tokens.find(({ id }) => id === token.parentId);
    return parent === undefined ? [token] : [token, ...this.lineOf(parent)];
  }

  named(name: string): ModelToken | undefined {
    return this.tokens.find((token) => token.name === name);
  }

  resolve(name: string): number | undefined {
    return this.databases.find((one) => one.name === name && !one.isDeleted)?.id;
  }

  reference(name: string): DatabaseReference {
    return { name, id: this.databases.find((one) => one.name === name)?.id ?? null };
  }

  add(token: Omit<ModelToken, 'old'>): void {
    this.tokens.push({ ...token, old: null });
  }

  /** With everything below it. */
  remove(token: ModelToken): void {
    for (const child of this.tokens.filter(({ parentId }) => parentId === token.id)) this.remove(child);
    this.tokens.splice(this.tokens.indexOf(token), 1);
  }

  rotate(token: ModelToken, string: number, graceMs: number): void {
    token.old = graceMs === 0 ? null : { string: token.string, untilMs: this.nowMs + graceMs };
    token.string = string;
  }

  /** The latest moment that a child made with this string may live to. */
  latestChildMs(string: number, line: readonly ModelToken[]): number {
    const grace = line[0]!.string === string ? Infinity : (line[0]!.old?.untilMs ?? Infinity);
    return Math.min(grace, this.nowMs + DAY_MS, ...line.map(({ expiryMs }) => expiryMs ?? Infinity));
  }
}
