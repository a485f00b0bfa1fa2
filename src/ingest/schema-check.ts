/** One line against the schema, completely, before anything changes (`http-api.md` 3.8). */

import type { CatalogLimits } from '../catalog/catalog.ts';
import { checkColumnName, checkTableName, influxTypeName } from '../catalog/names.ts';
import type { ColumnType, FieldType, NewColumn } from '../catalog/records.ts';
import * as catalogErrors from '../errors/catalog/catalog.ts';
import { SluiceError } from '../errors/error.ts';
import type { TableBatch } from './table-batch.ts';

const RESERVED: ReadonlySet<string> = new Set(['time', '__chunk_order']);

/** Collects what a line would add. Reused: `reset` before each line. */
export class LineSchema {
  readonly pending: NewColumn[] = [];
  private readonly limits: CatalogLimits;
  private pendingTags = 0;

  constructor(limits: CatalogLimits) {
    this.limits = limits;
  }

  reset(): void {
    if (this.pending.length === 0) return;
    this.pending.length = 0;
    this.pendingTags = 0;
  }

  /** The line's error, or null. */
  column(table: TableBatch, name: string, type: 'tag' | FieldType): string | null {
    const known: ColumnType | undefined =
      table.typeOf(name) ?? this.pending.find((column) => column.name === name)?.type;
    if (known === type) return null;
    if (known !== undefined) return columnConflict(name, known, type);
    if (RESERVED.has(name)) return catalogErrors.reservedColumn.text(name);
    const problem = nameProblem(() => checkColumnName(name));
    if (problem !== null) return problem;
    if (table.columnCount + this.pending.length >= this.limits.columnsPerTable) {
      return catalogErrors.tooManyColumns.text(this.limits.columnsPerTable);
    }
    if (type === 'tag') {
      if (table.tagCount + this.pendingTags >= this.limits.tagColumnsPerTable) {
        return catalogErrors.tooManyTagColumns.text(this.limits.tagColumnsPerTable);
      }
      this.pendingTags++;
    }
    this.pending.push({ name, type });
    return null;
  }
}

export function columnConflict(name: string, known: ColumnType, got: ColumnType): string {
  return catalogErrors.columnTypeConflict.text(name, influxTypeName(known), influxTypeName(got));
}

export function tableNameProblem(name: string): string | null {
  return nameProblem(() => checkTableName(name));
}

function nameProblem(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof SluiceError) return error.message;
    throw error;
  }
}
