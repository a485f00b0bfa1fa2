/** Small listings that the edge makes itself (databases, retention policies), encoded like any result. */

import type { DatabaseRecord } from '../../catalog/records.ts';
import type { ResultFormat } from '../../query/query.ts';
import { encodeRows } from '../../query/results/encode.ts';
import { BOOLEAN, type ResultColumn, UTF8 } from '../../query/types.ts';
import type { Reply } from '../reply.ts';
import type { RequestContext } from '../request-context.ts';
import { CONTENT_TYPES } from './query-format.ts';

type EncodedBlock = Parameters<typeof encodeRows>[1] extends AsyncIterable<infer Block> ? Block : never;
type EncodedColumn = EncodedBlock['columns'][number];

export type ListingColumn =
  | { readonly name: string; readonly strings: readonly string[] }
  | { readonly name: string; readonly booleans: readonly boolean[] };

/** The databases that the caller may see (`auth.md` 7.4, 7.5), ordered by (deleted, name). */
export function visibleDatabases(context: RequestContext): DatabaseRecord[] {
  const { catalog, authorizer } = context.dependencies;
  const isDeleted = (database: DatabaseRecord) => Number(database.deletedAtMs !== null);
  return catalog
    .databases()
    .filter(
      (database) =>
        authorizer.authorize(context.principal, { kind: 'database', database, action: 'describe' }).allowed,
    )
    .sort((a, b) => isDeleted(a) - isDeleted(b) || (a.name < b.name ? -1 : 1));
}

export function listingReply(columns: readonly ListingColumn[], format: ResultFormat): Reply {
  const schema: ResultColumn[] = columns.map((column) => ({
    name: column.name,
    type: 'strings' in column ? UTF8 : BOOLEAN,
    nullable: false,
  }));
  return {
    status: 200,
    headers: { 'content-type': CONTENT_TYPES[format] },
    body: encodeRows(schema, blocks(columns), format),
  };
}

async function* blocks(columns: readonly ListingColumn[]): AsyncGenerator<EncodedBlock> {
  const first = columns[0];
  const rows = first === undefined ? 0 : ('strings' in first ? first.strings : first.booleans).length;
  if (rows > 0) yield { rows, columns: columns.map(encodeColumn) };
}

function encodeColumn(column: ListingColumn): EncodedColumn {
  if ('booleans' in column) {
    const values = Uint8Array.from(column.booleans, Number);
    return { name: column.name, type: 'Bool', vector: { kind: 'uint8', values } };
  }
  const texts = column.strings.map((text) => Buffer.from(text, 'utf8'));
  const offsets = new Uint32Array(texts.length + 1);
  for (const [index, text] of texts.entries()) offsets[index + 1] = offsets[index]! + text.length;
  return {
    name: column.name,
    type: 'String',
    vector: { kind: 'string', bytes: Buffer.concat(texts), offsets },
  };
}
