/** Creates the tables and columns that a request's lines need. */
import type { ChangeContext } from '../catalog/audit.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { DatabaseRecord, TableRecord } from '../catalog/records.ts';
import { SluiceError } from '../errors/index.ts';
import { allSettledLimited } from './limited.ts';
import type { TableBatch } from './table-batch.ts';

/** A request may bring thousands of tables; the engine's queue is shared. */
const PARALLEL_CHANGES = 64;
/** Tables that are committed together: one fsync for all, and the event loop is kept for some milliseconds only. */
const GROUP_TABLES = 32;

/** The server itself, where a caller gives no author. */
const SERVER: ChangeContext = {
  requestId: '',
  tokenId: null,
  tokenName: null,
  client: null,
  action: 'write',
  resource: '',
  detail: null,
};

/**
 * Sets the batches' records; tells each table that it made. False: the catalog has changed since the lines were parsed (another request was
 * faster), so they have to be checked again.
 */
export async function extendSchema(
  catalog: Catalog,
  database: DatabaseRecord,
  batches: readonly TableBatch[],
  author: ChangeContext | undefined,
  created: (table: TableRecord) => void,
): Promise<boolean> {
  const wanting = batches.filter(({ needsSchema }) => needsSchema);
  const writerFor = ({ record, name, newColumns }: TableBatch) =>
    catalog.as({
      ...(author ?? SERVER),
      action: record === undefined ? 'table.create' : 'table.add_columns',
      resource: `db:${database.name}/${name}`,
      detail: JSON.stringify({ by: 'write', columns: newColumns }),
    });
  const outcomes: PromiseSettledResult<unknown>[] = [];
  const missing = wanting.filter(({ record }) => record === undefined);
  const growing = wanting.filter(({ record }) => record !== undefined);
  for (let index = 0; index < missing.length; index += GROUP_TABLES) {
    const creations = missing.slice(index, index + GROUP_TABLES).map(async (batch) => {
      batch.record = await writerFor(batch).createTable(database.id, batch.name, batch.newColumns);
      created(batch.record);
    });
    outcomes.push(...(await Promise.allSettled(creations)));
  }
  const additions = await allSettledLimited(growing, PARALLEL_CHANGES, async (batch) => {
    batch.record = await writerFor(batch).addColumns(batch.record!.id, batch.newColumns);
  });
  outcomes.push(...additions);
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  // What the catalog refuses (not: what the engine cannot do now) the parser will tell line by line.
  const broken = failures.find(({ reason }) => !(reason instanceof SluiceError) || reason.status >= 500);
  if (broken !== undefined) throw broken.reason;
  return failures.length === 0;
}
