/** The statement's own SELECT, where it reads few rows: the engine is seldom asked then, and it is printed when it is. */
import type { NarrowStatement } from '../narrow/statement.ts';
import type { BoundQuery, QueryColumn } from './environment.ts';
import { type BoundSelect, printSelect } from './print-select.ts';

/** Nothing of such a statement can fail to print: its expressions are columns, bins and plain aggregates of columns. */
export class LaterPrinted implements BoundQuery {
  readonly columns: readonly QueryColumn[];
  readonly narrow: NarrowStatement;
  private readonly select: BoundSelect;
  private printed: BoundQuery | undefined;

  constructor(select: BoundSelect, narrow: NarrowStatement) {
    this.select = select;
    this.narrow = narrow;
    this.columns = select.parts.projection.map(({ name, qualifier, expression: { type, nullable } }, i) => {
      return { name, qualifier, type, nullable, id: `c${i}` };
    });
  }

  get sql() {
    return this.whole().sql;
  }

  get node() {
    return this.whole().node;
  }

  private whole(): BoundQuery {
    this.printed ??= printSelect(this.select);
    return this.printed;
  }
}
