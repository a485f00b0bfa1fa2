/** The formats whose rows are text that depends on nothing but the row. */
import type { ResultFormat } from '../query.ts';
import type { ResultColumn } from '../types.ts';
import type { RowStyle } from './piece-rows.ts';

export type TextFormat = Extract<ResultFormat, 'json' | 'jsonl' | 'csv'>;

const NOTHING = Buffer.alloc(0);

export function isTextFormat(format: ResultFormat): format is TextFormat {
  return format === 'json' || format === 'jsonl' || format === 'csv';
}

export function rowStyle(columns: readonly ResultColumn[], format: TextFormat): RowStyle {
  if (format === 'csv') {
    const keys = columns.map((_, index) => {
      const key = Buffer.from(index === 0 ? '' : ',');
      return { key, nullKey: key };
    });
    return { cells: 'csv', keys, rows: 'lines' };
  }
  const keys = columns.map(({ name }) => ({
    key: Buffer.from(`,${JSON.stringify(name)}:`, 'utf8'),
    nullKey: NOTHING,
  }));
  return { cells: 'json', keys, rows: format === 'json' ? 'array' : 'lines' };
}
