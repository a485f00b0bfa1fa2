/** Creates the tables and columns that a request's lines need. */
import type { ChangeContext } from '../catalog/audit.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { DatabaseRecord } from '../catalog/records.ts';
import { SluiceError } from '../errors/index.ts';
import type { TableBatch } from './table-batch.ts';

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
 * Sets the batches' records. False: the catalog has changed since the lines were parsed (another request was
 * faster), so they have to be checked again.
 */
export async function extendSchema(
  catalog: Catalog,
  database: DatabaseRecord,
  batches: readonly TableBatch[],
  author: ChangeContext | undefined,
): Promise<boolean> {
  const outcomes = await Promise.allSettled(
    batches.filter(({ needsSchema }) => needsSchema).map((batch) => extend(catalog, database, batch, author)),
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
): Promise<void> {
  const { record, name, newColumns } = batch;
  const writer = catalog.as({
    ...(author ?? SERVER),
    action: record === undefined ? 'table.create' : 'table.add_columns',
    resource: `db:${database.name}/${name}`,
    detail: JSON.stringify({ by: 'write', columns: newColumns }),
  });
  batch.record =
    record === undefined
      ? await writer.createTable(database.id, name, newColumns)
      : await writer.addColumns(record.id, newColumns);
}
