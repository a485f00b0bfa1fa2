/** Rows of requests that are done with, for later requests: their memory is there and fits already. */
import { NO_BODY, RequestRows } from './request-rows.ts';

export class RowsPool {
  private readonly spares: RequestRows[] = [];
  private readonly limitBytes: number;
  private bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  take(body: Uint8Array): RequestRows {
    const spare = this.spares.pop();
    if (spare !== undefined) this.bytes -= spare.bytes;
    const rows = spare ?? new RequestRows();
    rows.begin(body);
    return rows;
  }

  /** To be called once nobody needs the rows any more. */
  give(stores: Iterable<RequestRows>): void {
    for (const rows of stores) this.keep(rows);
  }

  private keep(rows: RequestRows): void {
    rows.begin(NO_BODY);
    if (this.bytes + rows.bytes > this.limitBytes) {
      rows.release();
      return;
    }
    this.bytes += rows.bytes;
    this.spares.push(rows);
  }
}
