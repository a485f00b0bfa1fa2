/** Where the points of a table lie in the engine: the write path knows nothing else about them after a start. */
import { TIME_COLUMN } from '../../catalog/engine-names.ts';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import type { TableRecord } from '../../catalog/records.ts';
import { collect, type Engine } from '../../engine/engine.ts';
import { result, splitBigInt } from '../lineprotocol/int64.ts';
import type { TimeBounds } from './recent-times.ts';

/** null: the table is empty. */
export async function storedTimeBounds(engine: Engine, table: TableRecord): Promise<TimeBounds | null> {
  const time = quoteIdentifier(TIME_COLUMN);
  const bytes = await collect(
    engine.query({
      sql:
        `SELECT toString(count()) AS points, toString(toUnixTimestamp64Nano(min(${time}))) AS oldest, ` +
        `toString(toUnixTimestamp64Nano(max(${time}))) AS newest FROM ` +
        `${quoteIdentifier(table.engineDatabase)}.${quoteIdentifier(table.engineTable)}`,
      format: 'JSONEachRow',
      weight: 'light',
    }),
  );
  const row = JSON.parse(bytes.toString('utf8')) as { points: string; oldest: string; newest: string };
  if (row.points === '0') return null;
  splitBigInt(BigInt(row.oldest));
  const { low: oldestLow, high: oldestHigh } = result;
  splitBigInt(BigInt(row.newest));
  return { oldestLow, oldestHigh, newestLow: result.low, newestHigh: result.high };
}
