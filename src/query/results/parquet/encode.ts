/**
 * `parquet`: one file, written as a stream of row groups, so that memory stays bounded however long the result
 * is. No rows means no bytes. Source: parquet.thrift and Encodings.md of Apache Parquet.
 */
import type { Block } from '../../../engine/native/block.ts';
import type { ResultColumn } from '../../types.ts';
import { ByteSink } from '../byte-sink.ts';
import { GroupDictionary } from './dictionary.ts';
import { ENCODING, encodeDictionaryPage, encodePage, type Page } from './page.ts';
import { type Leaf, PHYSICAL, parquetSchema } from './schema.ts';
import { rowLevels, shred } from './shred.ts';
import { encodeStruct, i32, i64, struct, structs, type ThriftStruct, text } from './thrift.ts';

const MAGIC = Buffer.from('PAR1');
const CODEC = { uncompressed: 0, zstd: 6 } as const;
/** A row group ends with the first block that reaches one of these. */
const GROUP_ROWS = 100_000;
const GROUP_BYTES = 16 * 1024 * 1024;
const SCRATCH_BYTES = 1024;

/** What one row group has of one leaf. */
interface OpenChunk {
  readonly pages: Page[];
  /** Of a tag. */
  dictionary?: GroupDictionary;
}

interface OpenGroup {
  /** By leaf. */
  readonly chunks: readonly OpenChunk[];
  rows: number;
  bytes: number;
}

export async function* encodeParquet(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array> {
  const { elements, leaves } = parquetSchema(columns);
  const newGroup = (): OpenGroup => ({ chunks: leaves.map(() => ({ pages: [] })), rows: 0, bytes: 0 });
  const groups: ThriftStruct[] = [];
  let offset = 0;
  let totalRows = 0;
  let group = newGroup();
  let levels = rowLevels(0);
  const scratch = leaves.map(() => new ByteSink(SCRATCH_BYTES));
  const place = (bytes: Uint8Array): Uint8Array => {
    offset += bytes.length;
    return bytes;
  };

  function* closeGroup(): Generator<Uint8Array> {
    if (offset === 0) yield place(MAGIC);
    const metadata: ThriftStruct[] = [];
    const start = offset;
    let uncompressedBytes = 0;
    for (const [index, { pages, dictionary }] of group.chunks.entries()) {
      const dictionaryPage = dictionary === undefined ? undefined : encodeDictionaryPage(dictionary);
      metadata.push(chunkMetadata(leaves[index]!, pages, dictionaryPage, offset));
      for (const page of dictionaryPage === undefined ? pages : [dictionaryPage, ...pages]) {
        uncompressedBytes += page.uncompressedBytes;
        for (const bytes of page.bytes) yield place(bytes);
      }
    }
    groups.push({ 1: structs(metadata), 2: i64(uncompressedBytes), 3: i64(group.rows), 5: i64(start) });
    totalRows += group.rows;
    group = newGroup();
  }

  for await (const block of blocks) {
    if (block.rows === 0) continue;
    if (levels.length !== block.rows) levels = rowLevels(block.rows);
    const shredded = columns.flatMap((column, index) => shred(column.type, block.columns[index]!, levels));
    const { chunks } = group;
    const pages = await Promise.all(
      leaves.map((leaf, index) => {
        const part = shredded[index]!;
        const chunk = chunks[index]!;
        if (leaves[index]!.type.kind === 'dictionary') chunk.dictionary ??= new GroupDictionary();
        return encodePage(leaf, part, chunk.dictionary, scratch[index]!);
      }),
    );
    for (const [index, page] of pages.entries()) {
      chunks[index]!.pages.push(page);
      group.bytes += page.compressedBytes;
    }
    group.rows += block.rows;
    const values = chunks.reduce((sum, { dictionary }) => sum + (dictionary?.bytes ?? 0), 0);
    if (group.rows >= GROUP_ROWS || group.bytes + values >= GROUP_BYTES) yield* closeGroup();
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

function chunkMetadata(
  leaf: Leaf,
  pages: readonly Page[],
  dictionaryPage: Page | undefined,
  offset: number,
): ThriftStruct {
  const all = dictionaryPage === undefined ? pages : [dictionaryPage, ...pages];
  const sum = (of: (page: Page) => number) => all.reduce((total, page) => total + of(page), 0);
  const values = dictionaryPage === undefined ? ENCODING.plain : ENCODING.dictionary;
  return {
    2: i64(offset),
    3: struct({
      1: i32(PHYSICAL[leaf.physical]),
      2: { kind: 'list', item: 'i32', values: [i32(ENCODING.plain), i32(ENCODING.levels), i32(values)] },
      3: { kind: 'list', item: 'string', values: leaf.path.map(text) },
      4: i32(dictionaryPage === undefined ? CODEC.zstd : CODEC.uncompressed),
      5: i64(sum((page) => page.values)),
      6: i64(sum((page) => page.uncompressedBytes)),
      7: i64(sum((page) => page.compressedBytes)),
      9: i64(offset + (dictionaryPage?.compressedBytes ?? 0)),
      ...(dictionaryPage === undefined ? {} : { 11: i64(offset) }),
    }),
  };
}
