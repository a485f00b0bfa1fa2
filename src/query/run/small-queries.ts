/**
 * Which queries were small the last time: a dashboard asks the same again and again, with other times and hosts.
 * Only a hint for the engine, so it may be wrong in both ways.
 */
import type { QueryRequest } from '../query.ts';

/** A query becomes small below the first of each pair, and stays so up to the second. */
const MAXIMUM_MS = { enter: 10, stay: 20 };
const MAXIMUM_BYTES = { enter: 256 * 1024, stay: 512 * 1024 };

/** On a busy machine the clock says little: the fastest run counts, and is forgotten by and by. */
const FORGETTING = 1.02;

const REMEMBERED_SHAPES = 2000;
const MAXIMUM_CHARACTERS = 4000;

export interface QueryCost {
  readonly elapsedMs: number;
  readonly resultBytes: number;
}

interface Shape {
  readonly small: boolean;
  readonly fastestMs: number;
}

export class SmallQueries {
  /** In the order of their last run; the oldest is forgotten first. */
  private readonly shapes = new Map<string, Shape>();

  isSmall(shape: string): boolean {
    return this.shapes.get(shape)?.small === true;
  }

  ran(shape: string, { elapsedMs, resultBytes }: QueryCost): void {
    const known = this.shapes.get(shape);
    const bound = known?.small === true ? 'stay' : 'enter';
    const fastestMs = Math.min(elapsedMs, (known?.fastestMs ?? elapsedMs) * FORGETTING);
    this.shapes.delete(shape);
    if (shape.length > MAXIMUM_CHARACTERS) return;
    const [oldest] = this.shapes.keys();
    if (this.shapes.size >= REMEMBERED_SHAPES && oldest !== undefined) this.shapes.delete(oldest);
    const small = fastestMs <= MAXIMUM_MS[bound] && resultBytes <= MAXIMUM_BYTES[bound];
    this.shapes.set(shape, { small, fastestMs });
  }
}

/** Texts that differ in digits only have one shape. What a principal may see decides how much there is to read. */
export function shapeOf({
  database,
  scope,
  text,
}: Pick<QueryRequest, 'database' | 'scope' | 'text'>): string {
  return `${database.id} ${scope.fingerprint} ${text.replace(/\d+/g, '0')}`;
}
