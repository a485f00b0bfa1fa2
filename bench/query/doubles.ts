/** Rows of doubles that never come again: nearly each cell of a result of them has to be made. */
import { seededRandom } from './seeded-random.ts';

const SERIES = 100;
const FIELDS = 10;
const FIRST_SECONDS = 1_451_606_400;

/** Line protocol: a tag, ten doubles of all bits from 0 to 100, a point per series every 10 s. */
export function* doublesStream(rows: number, batchLines: number): Generator<Buffer> {
  const random = seededRandom('doubles');
  const double = () => ((random(2 ** 26) * 2 ** 27 + random(2 ** 27)) / 2 ** 53) * 100;
  for (let from = 0; from < rows; from += batchLines) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(rows, from + batchLines); row++) {
      const fields = Array.from({ length: FIELDS }, (_, field) => `value_${field}=${double()}`).join(',');
      const seconds = FIRST_SECONDS + Math.floor(row / SERIES) * 10;
      lines.push(`doubles,sensor=s${row % SERIES} ${fields} ${seconds}000000000\n`);
    }
    yield Buffer.from(lines.join(''));
  }
}
