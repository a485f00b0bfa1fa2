/** What belongs to one statement while it is bound: parameters, instant, relations, template holes, limits. */

import type { ParameterValue } from '../query.ts';
import type { FunctionDefinition, TypeContext } from './functions/definition.ts';
import type { PlanRequest, PrintEnvironment } from './plan.ts';
import type { TimedScan } from './read-spans.ts';
import { errors } from './sql-errors.ts';

const MAXIMUM_RELATIONS = 500;
const MAXIMUM_COLUMNS = 20_000;
const MAXIMUM_STATEMENT = 16 * 1024 * 1024;

/** Engine SQL with holes `\u0001<n>\u0001` for what is known only when the statement runs. */
export type Template = string;

export interface FunctionTable {
  lookup(name: string): FunctionDefinition | undefined;
  readonly names: readonly string[];
}

export class StatementContext implements TypeContext {
  /** Something asked for the instant of the statement: another one would be planned otherwise. */
  isTimed = false;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly relations: PlanRequest['relations'];
  readonly functions: FunctionTable;
  readonly tableIds = new Set<number>();
  readonly virtualIds = new Set<string>();
  /** The tables of WITH that something reads. */
  readonly usedTables = new Set<object>();
  /** Every reading of a user table. */
  readonly scans: (TimedScan & { readonly selective: boolean })[] = [];
  private readonly holes: ((environment: PrintEnvironment) => string)[] = [];
  private readonly instantNs: bigint;
  private nextId = 0;
  private relationCount = 0;

  constructor(request: PlanRequest, functions: FunctionTable) {
    this.instantNs = request.nowNs;
    this.parameters = request.parameters;
    this.relations = request.relations;
    this.functions = functions;
  }

  get nowNs(): bigint {
    this.isTimed = true;
    return this.instantNs;
  }

  /** An engine alias that nothing else in the statement uses. */
  freshId(): string {
    if (this.nextId > MAXIMUM_COLUMNS) throw tooManyColumns();
    return `x${this.nextId++}`;
  }

  /** The number of the first of so many, to be called `x` and their number. */
  freshIds(count: number): number {
    const first = this.nextId;
    this.nextId += count;
    if (this.nextId - 1 > MAXIMUM_COLUMNS) throw tooManyColumns();
    return first;
  }

  /** Counts a relation: CTEs are bound where they are used, so a small text could otherwise grow without bound. */
  enterRelation(): void {
    if (++this.relationCount > MAXIMUM_RELATIONS)
      throw errors.tooComplex(`more than ${MAXIMUM_RELATIONS} tables and subqueries`);
  }

  /** A place in a template that is filled when the statement runs. */
  hole(render: (environment: PrintEnvironment) => string): Template {
    this.holes.push(render);
    return `\u0001${this.holes.length - 1}\u0001`;
  }

  fill(template: Template, environment: PrintEnvironment): string {
    let sql = template;
    // Holes may hold templates: each pass fills one level, and levels are finite.
    while (sql.includes('\u0001')) {
      sql = sql.replace(/\u0001(\d+)\u0001/g, (_, index: string) => this.holes[Number(index)]!(environment));
      if (sql.length > MAXIMUM_STATEMENT) throw errors.tooComplex('it repeats subqueries too often');
    }
    return sql;
  }

  fail(message: string): never {
    throw errors.planning(message);
  }
}

const tooManyColumns = () => errors.tooComplex(`more than ${MAXIMUM_COLUMNS} columns and expressions`);
