/** Puts the rows of the virtual tables of one query in place, and gives their engine SQL when it is printed. */
import { engineColumnName } from '../../catalog/engine-names.ts';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import { blockRows } from '../caches/block-rows.ts';
import type { CacheSource } from '../caches/cache-source.ts';
import type { Equalities, VirtualStatement } from '../sql/virtual-statement.ts';
import type { PrintEnvironment, SelectPlan } from '../sql/plan.ts';
import { printRows } from '../system/print-rows.ts';
import type { StagedRows, Staging } from '../system/staging.ts';
import type { VirtualRow } from '../system/virtual-table.ts';
import type { VirtualSource } from './virtual-source.ts';

/** More cells than this are not printed: parsing a literal is slow, and a statement's text has a limit. */
const MAXIMUM_PRINTED_CELLS = 3000;
const MAXIMUM_PRINTED_CHARACTERS = 50_000;

const NONE: Equalities = new Map();

type Prepared =
  | { readonly kind: 'text'; readonly sql: string }
  | { readonly kind: 'view'; readonly plan: SelectPlan; readonly sources: PreparedSources };

export class PreparedSources {
  private readonly byId = new Map<string, Prepared>();
  private readonly staged: StagedRows[] = [];

  /** Fetches and, where they are many, stages the rows of every virtual table that the plan reads. */
  static async prepare(
    plan: Pick<SelectPlan, 'virtualIds' | 'virtual'>,
    source: (id: string) => VirtualSource,
    staging: Staging,
    signal: AbortSignal,
  ): Promise<PreparedSources> {
    const prepared = new PreparedSources();
    try {
      for (const id of plan.virtualIds) await prepared.add(id, plan.virtual, source, staging, signal);
    } catch (error) {
      prepared.release();
      throw error;
    }
    return prepared;
  }

  /** The tables that the views read, which the plan itself does not name. */
  tableIds(): number[] {
    return [...this.byId.values()].flatMap((entry) =>
      entry.kind === 'view' ? [...entry.plan.tableIds, ...entry.sources.tableIds()] : [],
    );
  }

  sql(id: string, environment: PrintEnvironment): string {
    const entry = this.byId.get(id);
    if (entry === undefined) throw new TypeError(`the plan prints ${id}, which it did not announce`);
    if (entry.kind === 'text') return entry.sql;
    const { plan, sources } = entry;
    const inner = plan.print({
      ...environment,
      virtualSource: (innerId) => sources.sql(innerId, environment),
    });
    // Qualified: a column of the user's may be called `c1`.
    const names = plan.columns.map(
      ({ name }, index) => `__i.c${index} AS ${quoteIdentifier(engineColumnName(name))}`,
    );
    return `(SELECT ${names.join(', ')} FROM (${inner}) AS __i)`;
  }

  /** Drops what was staged; safe to call twice. */
  release(): void {
    for (const rows of this.staged.splice(0)) rows.release();
    for (const entry of this.byId.values()) if (entry.kind === 'view') entry.sources.release();
  }

  private async add(
    id: string,
    statement: VirtualStatement | undefined,
    source: (id: string) => VirtualSource,
    staging: Staging,
    signal: AbortSignal,
  ): Promise<void> {
    const found = source(id);
    if (found.kind === 'cache') return this.addCache(id, found, statement, source, staging, signal);
    const rows = found.rows(statement?.equalities ?? NONE)[Symbol.iterator]();
    const head = takeSmall(rows, found.columns.length);
    if (head.isWhole) {
      this.byId.set(id, { kind: 'text', sql: printRows(found.columns, head.rows) });
      return;
    }
    const staged = await staging.stage(found.columns, chain(head.rows, rows), signal);
    this.staged.push(staged);
    this.byId.set(id, { kind: 'text', sql: staged.source });
  }

  private async addCache(
    id: string,
    found: CacheSource,
    statement: VirtualStatement | undefined,
    source: (id: string) => VirtualSource,
    staging: Staging,
    signal: AbortSignal,
  ): Promise<void> {
    const names = found.columns.map(({ name }) => name);
    const block = found.read(names, statement?.equalities ?? NONE);
    if (block === null) {
      const plan = found.plan();
      const sources = await PreparedSources.prepare(plan, source, staging, signal);
      this.byId.set(id, { kind: 'view', plan, sources });
    } else if (block.rows * names.length <= MAXIMUM_PRINTED_CELLS) {
      this.byId.set(id, { kind: 'text', sql: printRows(found.columns, [...blockRows(block)]) });
    } else {
      const staged = await staging.stageBlock(found.columns, block, signal);
      this.staged.push(staged);
      this.byId.set(id, { kind: 'text', sql: staged.source });
    }
  }
}

/** The first rows, up to what may be printed. */
function takeSmall(
  source: Iterator<VirtualRow>,
  columns: number,
): { readonly rows: VirtualRow[]; readonly isWhole: boolean } {
  const rows: VirtualRow[] = [];
  let characters = 0;
  while (rows.length * columns <= MAXIMUM_PRINTED_CELLS && characters <= MAXIMUM_PRINTED_CHARACTERS) {
    const next = source.next();
    if (next.done === true) return { rows, isWhole: true };
    rows.push(next.value);
    for (const cell of next.value) if (typeof cell === 'string') characters += cell.length;
  }
  return { rows, isWhole: false };
}

function* chain(first: readonly VirtualRow[], rest: Iterator<VirtualRow>): Generator<VirtualRow> {
  yield* first;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}
