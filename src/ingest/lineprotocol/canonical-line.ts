/** A parsed line printed back: what a schema failure shows as its line. String values come without quotes. */
import { joinHalves } from './int64.ts';
import { BOOLEAN, FLOAT, INTEGER, type LineScanner, UNSIGNED } from './scanner.ts';
import { unescapeString } from './text.ts';

/** Enough for the 20 bytes that are shown; a line may be megabytes. */
const ENOUGH_BYTES = 64;

export function canonicalLine(scanner: LineScanner): Buffer {
  const parts: Buffer[] = [
    Buffer.from(scanner.seriesKeys.spellingOf(scanner.key).subarray(0, ENOUGH_BYTES)),
    Buffer.from(' '),
  ];
  let length = scanner.seriesKeys.lengthOf(scanner.key) + 1;
  for (let field = 0; field < scanner.fieldCount && length < ENOUGH_BYTES; field++) {
    if (field > 0) parts.push(Buffer.from(','));
    const key = scanner.text.subarray(scanner.keyStart[field], scanner.keyEnd[field]);
    const value = printValue(scanner, field);
    parts.push(key, Buffer.from('='), value);
    length += key.length + value.length + 2;
  }
  if (scanner.hasTimestamp) {
    const { negative, major, minor } = scanner.timestamp;
    const magnitude = BigInt(major) * 1_000_000_000n + BigInt(minor);
    parts.push(Buffer.from(` ${negative ? -magnitude : magnitude}`));
  }
  return Buffer.concat(parts);
}

function printValue(scanner: LineScanner, field: number): Buffer {
  const low = scanner.low[field]!;
  const high = scanner.high[field]!;
  switch (scanner.kind[field]) {
    case FLOAT:
      return Buffer.from(String(scanner.float[field]));
    case INTEGER:
      return Buffer.from(`${joinHalves(low, high)}i`);
    case UNSIGNED:
      return Buffer.from(`${BigInt.asUintN(64, joinHalves(low, high))}u`);
    case BOOLEAN:
      return Buffer.from(low === 1 ? 'true' : 'false');
    default: {
      const value = Buffer.alloc(high - low);
      return value.subarray(0, unescapeString(scanner.bytes, low, high, value, 0));
    }
  }
}
