/**
 * `parquet`: one file, written as a stream of row groups, so that memory stays bounded however long the result
 * is. No rows means no bytes. Source: parquet.thrift and Encodings.md of Apache Parquet.
 */
import type { Block } from '../../../engine/native/block.ts';
import type { ResultColumn } from '../../types.ts';
import { encodePage, type Page } from './page.ts';
import { type Leaf, PHYSICAL, parquetSchema } from './schema.ts';
import { rowLevels, shred } from './shred.ts';
import { encodeStruct, i32, i64, struct, structs, type ThriftStruct, text } from './thrift.ts';

const MAGIC = Buffer.from('PAR1');
const ZSTD = 6;
/** A row group ends with the first block that reaches one of these. */
const GROUP_ROWS = 100_000;
const GROUP_BYTES = 16 * 1024 * 1024;

interface OpenGroup {
  /** Pages by leaf. */
  readonly pages: Page[][];
  rows: number;
  bytes: number;
}

export async function* encodeParquet(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array> {
  const { elements, leaves } = parquetSchema(columns);
  const newGroup = (): OpenGroup => ({ pages: leaves.map(() => []), rows: 0, bytes: 0 });
  const groups: ThriftStruct[] = [];
  let offset = 0;
  let totalRows = 0;
  let group = newGroup();
  const place = (bytes: Uint8Array): Uint8Array => {
    offset += bytes.length;
    return bytes;
  };

  function* closeGroup(): Generator<Uint8Array> {
    if (offset === 0) yield place(MAGIC);
    const chunks: ThriftStruct[] = [];
    const start = offset;
    for (const [index, pages] of group.pages.entries()) {
      chunks.push(chunkMetadata(leaves[index]!, pages, offset));
      for (const page of pages) for (const bytes of page.bytes) yield place(bytes);
    }
    const uncompressed = group.pages.flat().reduce((sum, page) => sum + page.uncompressedBytes, 0);
    groups.push({ 1: structs(chunks), 2: i64(uncompressed), 3: i64(group.rows), 5: i64(start) });
    totalRows += group.rows;
    group = newGroup();
  }

  for await (const block of blocks) {
    if (block.rows === 0) continue;
    const levels = rowLevels(block.rows);
    const shredded = columns.flatMap((column, index) => shred(column.type, block.columns[index]!, levels));
    const pages = await Promise.all(leaves.map((leaf, index) => encodePage(leaf, shredded[index]!)));
    for (const [index, page] of pages.entries()) {
      group.pages[index]!.push(page);
      group.bytes += page.compressedBytes;
    }
    group.rows += block.rows;
    if (group.rows >= GROUP_ROWS || group.bytes >= GROUP_BYTES) yield* closeGroup();
  }
  if (group.rows > 0) yield* closeGroup();
  if (totalRows === 0) return;
  const footer = encodeStruct({
    1: i32(2),
    2: structs(elements),
    3: i64(totalRows),
    4: structs(groups),
    6: text('Sluice'),
  });
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(footer.length, 0);
  tail.set(MAGIC, 4);
  yield footer;
  yield tail;
}

function chunkMetadata(leaf: Leaf, pages: readonly Page[], offset: number): ThriftStruct {
  const sum = (of: (page: Page) => number) => pages.reduce((total, page) => total + of(page), 0);
  return {
    2: i64(offset),
    3: struct({
      1: i32(PHYSICAL[leaf.physical]),
      2: { kind: 'list', item: 'i32', values: [i32(0), i32(3)] },
      3: { kind: 'list', item: 'string', values: leaf.path.map(text) },
      4: i32(ZSTD),
      5: i64(sum((page) => page.values)),
      6: i64(sum((page) => page.uncompressedBytes)),
      7: i64(sum((page) => page.compressedBytes)),
      9: i64(offset),
    }),
  };
}
