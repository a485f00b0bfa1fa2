/** The text encoders by format. Parquet is made by the engine itself (`parquet.ts`), as it is columnar. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultFormat } from '../query.ts';
import type { ResultColumn } from '../types.ts';
import { encodeCsv } from './csv.ts';
import { encodeJson, encodeJsonLines } from './json.ts';
import { encodePretty } from './pretty.ts';

export type TextFormat = Exclude<ResultFormat, 'parquet'>;

/**
 * Encodes blocks whose column i carries `columns[i]`. Pulls a block only when its bytes are asked for, and
 * yields chunks of about 64 KiB (`pretty`: nothing before the last row).
 */
export function encodeRows(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
  format: TextFormat,
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
  }
}
