/** Requests to delete rows: made, and ended once. Carrying them out is `src/deletes/`. */
import * as errors from '../../errors/catalog/catalog.ts';
import type { ChangeContext } from '../audit.ts';
import type { CatalogWriter } from '../catalog.ts';
import type { RowDeleteRecord } from '../records.ts';
import type { Transaction } from './committer.ts';
import { auditedChange, type CatalogCore } from './core.ts';

/** `http-api.md` 3.9. */
const MAXIMUM_PENDING = 1000;
/** Of those that have ended only the newest are told about: per database, and in all databases, gone ones too. */
const KEPT_PER_DATABASE = 1000;
const KEPT = 10_000;
type NewRowDelete = Parameters<CatalogWriter['createRowDelete']>[0];

export class RowDeleteChanges {
  private readonly core: CatalogCore;

  constructor(core: CatalogCore) {
    this.core = core;
  }

  create(context: ChangeContext, request: NewRowDelete): Promise<RowDeleteRecord> {
    return auditedChange(this.core, context, (transaction) => {
      const { rowDeletes } = this.core.state;
      const known = [...rowDeletes.values()];
      const pending = known.filter(({ disposition }) => disposition === 'pending').length;
      if (pending >= MAXIMUM_PENDING) throw errors.tooManyRowDeletes(MAXIMUM_PENDING);
      const record: RowDeleteRecord = Object.freeze({
        ...request,
        sequence: (known.at(-1)?.sequence ?? 0) + 1,
        createdAtMs: this.core.clock.nowMs(),
        disposition: 'pending',
        endedAtMs: null,
        reason: null,
      });
      this.core.store.putRowDelete(record);
      transaction.apply(
        () => void rowDeletes.set(record.sequence, record),
        () => void rowDeletes.delete(record.sequence),
      );
      return record;
    });
  }

  end(
    context: ChangeContext,
    sequence: number,
    disposition: 'completed' | 'aborted',
    reason: string | null,
  ): Promise<RowDeleteRecord> {
    return auditedChange(this.core, context, (transaction) => {
      const { rowDeletes } = this.core.state;
      const before = rowDeletes.get(sequence);
      if (before === undefined) throw errors.notFound(String(sequence));
      if (before.disposition !== 'pending') throw errors.rowDeleteOver(sequence, before.disposition);
      const record: RowDeleteRecord = Object.freeze({
        ...before,
        disposition,
        endedAtMs: this.core.clock.nowMs(),
        reason,
      });
      this.core.store.putRowDelete(record);
      transaction.apply(
        () => void rowDeletes.set(sequence, record),
        () => void rowDeletes.set(sequence, before),
      );
      this.forgetOld(transaction);
      return record;
    });
  }

  /** The newest of all always stays: its sequence says what the next one is. */
  private forgetOld(transaction: Transaction): void {
    const { rowDeletes } = this.core.state;
    const before = [...rowDeletes];
    const ended = new Map<number, number>();
    let total = 0;
    const old: number[] = [];
    for (const [sequence, { databaseId, disposition }] of before.toReversed()) {
      if (disposition === 'pending') continue;
      const count = (ended.get(databaseId) ?? 0) + 1;
      ended.set(databaseId, count);
      if (count > KEPT_PER_DATABASE || ++total > KEPT) old.push(sequence);
    }
    if (old.length === 0) return;
    for (const sequence of old) this.core.store.deleteRowDelete(sequence);
    transaction.apply(
      () => old.forEach((sequence) => void rowDeletes.delete(sequence)),
      () => {
        // In their order: the last one is the newest.
        rowDeletes.clear();
        for (const [sequence, record] of before) rowDeletes.set(sequence, record);
      },
    );
  }
}
