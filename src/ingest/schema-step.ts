/** Creates the tables and columns that a request's lines need. */
import type { ChangeContext } from '../catalog/audit.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { DatabaseRecord, TableRecord } from '../catalog/records.ts';
import { SluiceError } from '../errors/index.ts';
import { allSettledLimited } from './limited.ts';
import type { TableBatch } from './table-batch.ts';

/** A request may bring thousands of tables; the engine's queue is shared. */
const PARALLEL_CHANGES = 64;

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
  const outcomes = await allSettledLimited(wanting, PARALLEL_CHANGES, (batch) =>
    extend(catalog, database, batch, author, created),
  );
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  // What the catalog refuses (not: what the engine cannot do now) the parser will tell line by line.
  const broken = failures.find(({ reason }) => !(reason instanceof SluiceError) || reason.status >= 500);
  if (broken !== undefined) throw broken.reason;
  return failures.length === 0;
}

async function extend(
  catalog: Catalog,
  database: DatabaseRecord,
  batch: TableBatch,
  author: ChangeContext | undefined,
  created: (table: TableRecord) => void,
): Promise<void> {
  const { record, name, newColumns } = batch;
  const writer = catalog.as({
    ...(author ?? SERVER),
    action: record === undefined ? 'table.create' : 'table.add_columns',
    resource: `db:${database.name}/${name}`,
    detail: JSON.stringify({ by: 'write', columns: newColumns }),
  });
  if (record === undefined) {
    batch.record = await writer.createTable(database.id, name, newColumns);
    created(batch.record);
  } else batch.record = await writer.addColumns(record.id, newColumns);
}
