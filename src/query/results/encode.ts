/** The encoders by format. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultFormat } from '../query.ts';
import type { ResultColumn } from '../types.ts';
import { encodeCsv } from './csv.ts';
import { encodeJson } from './json.ts';
import { encodeParquet } from './parquet/encode.ts';
import type { Rows } from './piece-rows.ts';
import { encodePretty } from './pretty.ts';
import { isTextFormat, type TextFormat } from './text-format.ts';

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
  if (isTextFormat(format)) return encodeText(columns, blocks, format);
  return format === 'pretty' ? encodePretty(columns, blocks) : encodeParquet(columns, blocks);
}

/** The same of rows that are text already, some or all of them. */
export function encodeText(
  columns: readonly ResultColumn[],
  rows: AsyncIterable<Rows>,
  format: TextFormat,
): AsyncIterable<Uint8Array> {
  return format === 'csv' ? encodeCsv(columns, rows) : encodeJson(columns, rows, format);
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
