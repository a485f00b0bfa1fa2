/** Creates the tables and columns that a request's lines need. */
import type { ChangeContext } from '../catalog/audit.ts';
import type { Catalog, CatalogWriter } from '../catalog/catalog.ts';
import { CommitGroup, type CommitPlace } from '../catalog/commit-group.ts';
import type { DatabaseRecord, TableRecord } from '../catalog/records.ts';
import { SluiceError } from '../errors/index.ts';
import { allSettledLimited } from './limited.ts';
import type { TableBatch } from './table-batch.ts';

/** A request may bring thousands of tables; the engine's queue is shared. */
const PARALLEL_CHANGES = 64;
/** Tables that are committed together: one fsync for all, and the event loop is kept for some milliseconds only. */
const GROUP_TABLES = 32;
const PARALLEL_GROUPS = 2;

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
  await allSettledLimited(groupsOf(missing), PARALLEL_GROUPS, async (group) => {
    // All take their places in the order of changes in one step, so no two groups can wait for each other.
    const commit = new CommitGroup(group.length);
    const creations = group.map((batch) => create(writerFor(batch), database, batch, commit.join(), created));
    outcomes.push(...(await Promise.allSettled(creations)));
  });
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

async function create(
  writer: CatalogWriter,
  database: DatabaseRecord,
  batch: TableBatch,
  place: CommitPlace,
  created: (table: TableRecord) => void,
): Promise<void> {
  try {
    batch.record = await writer.createTable(database.id, batch.name, batch.newColumns, { place });
    created(batch.record);
  } finally {
    place.leave();
  }
}

function groupsOf(batches: readonly TableBatch[]): TableBatch[][] {
  const count = Math.ceil(batches.length / GROUP_TABLES);
  return Array.from({ length: count }, (_, index) =>
    batches.slice(index * GROUP_TABLES, (index + 1) * GROUP_TABLES),
  );
}
