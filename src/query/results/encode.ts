/** The encoders by format. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultFormat } from '../query.ts';
import type { ResultColumn } from '../types.ts';
import { encodeCsv } from './csv.ts';
import { encodeJson, encodeJsonLines } from './json.ts';
import { encodeParquet } from './parquet/encode.ts';
import { encodePretty } from './pretty.ts';

/**
 * Encodes blocks whose column i carries `columns[i]`. Pulls a block only when its bytes are asked for, and
 * yields a chunk of about 64 KiB, then of 256 KiB (`pretty`: nothing before the last row; `parquet`: a row group at
 * a time).
 */
export function encodeRows(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
  format: ResultFormat,
): AsyncIterable<Uint8Array> {
  switch (format) {
    case 'json':
      return encodeJson(columns, blocks);
    case 'jsonl':
      return encodeJsonLines(columns, blocks);
    case 'csv':
      return encodeCsv(columns, blocks);
    case 'pretty':
      return encodePretty(columns, blocks);
    case 'parquet':
      return encodeParquet(columns, blocks);
  }
}

/** The same of one block. */
export function encodeBlock(
  columns: readonly ResultColumn[],
  block: Block,
  format: ResultFormat,
): AsyncIterable<Uint8Array> {
  return encodeRows(columns, one(block), format);
}

async function* one(block: Block): AsyncGenerator<Block> {
  if (block.rows > 0) yield block;
}
