/** Requests to delete rows: made, and ended once. Carrying them out is `src/deletes/`. */
import * as errors from '../../errors/catalog/catalog.ts';
import type { ChangeContext } from '../audit.ts';
import type { CatalogWriter } from '../catalog.ts';
import type { RowDeleteRecord } from '../records.ts';
import { auditedChange, type CatalogCore } from './core.ts';

/** `http-api.md` 3.9. */
const MAXIMUM_PENDING = 1000;
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
      return record;
    });
  }
}
