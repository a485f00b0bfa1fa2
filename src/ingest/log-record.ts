/**
 * One accepted request as the log keeps it: its lines as they came, and what they meant then. Parsing them again
 * costs only a restart; printing columns would cost every write.
 */
import { ingestErrors } from '../errors/index.ts';
import type { Precision } from './ingest.ts';
import { LineNumbers } from './line-numbers.ts';
import type { PackedBody } from './packed-body.ts';

const VERSION = 1;
const HEAD_BYTES = 20;
const PRECISIONS: readonly Precision[] = ['auto', 'second', 'millisecond', 'microsecond', 'nanosecond'];

interface LoggedTable {
  readonly id: number;
  readonly dataId: number;
}

export interface LogRecord {
  readonly precision: Precision;
  readonly defaultTimeNs: bigint;
  /** The tables by the names that the lines use: one of the same name, or emptied since, is another one. */
  readonly tables: ReadonlyMap<string, LoggedTable>;
  /** Numbers of the lines that were refused. */
  readonly skipLines: LineNumbers;
  readonly body: PackedBody;
}

/** version u8, precision u8, packing u8, nothing u8, default time i64, counts u32 and u32, refused lines u32, tables (id u32, data id u32, length u32, name), body. */
export function encodeRecord(record: LogRecord): Uint8Array[] {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head[0] = VERSION;
  head[1] = PRECISIONS.indexOf(record.precision);
  head[2] = record.body.isPacked ? 1 : 0;
  head[3] = 0;
  head.writeBigInt64LE(record.defaultTimeNs, 4);
  head.writeUInt32LE(record.skipLines.length, 12);
  head.writeUInt32LE(record.tables.size, 16);
  return [head, ...record.skipLines.bytes(), encodeTables(record.tables), record.body.bytes];
}

function encodeTables(tables: LogRecord['tables']): Uint8Array {
  let length = 0;
  for (const name of tables.keys()) length += 12 + Buffer.byteLength(name);
  const encoded = Buffer.allocUnsafe(length);
  let at = 0;
  for (const [name, { id, dataId }] of tables) {
    encoded.writeUInt32LE(id, at);
    encoded.writeUInt32LE(dataId, at + 4);
    const bytes = encoded.write(name, at + 12);
    encoded.writeUInt32LE(bytes, at + 8);
    at += 12 + bytes;
  }
  return encoded;
}

/** The body's bytes are a view of the payload. */
export function decodeRecord(payload: Uint8Array): LogRecord {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const precision = PRECISIONS[bytes[1] ?? -1];
  if (bytes[0] !== VERSION || precision === undefined || bytes[2]! > 1)
    throw ingestErrors.walRecordUnknown(bytes[0] ?? -1);
  const defaultTimeNs = bytes.readBigInt64LE(4);
  const skipCount = bytes.readUInt32LE(12);
  const tableCount = bytes.readUInt32LE(16);
  let at = HEAD_BYTES;
  const skipLines = new LineNumbers();
  for (let index = 0; index < skipCount; index++, at += 4) skipLines.add(bytes.readUInt32LE(at));
  const tables = new Map<string, LoggedTable>();
  for (let index = 0; index < tableCount; index++) {
    const end = at + 12 + bytes.readUInt32LE(at + 8);
    const table = { id: bytes.readUInt32LE(at), dataId: bytes.readUInt32LE(at + 4) };
    tables.set(bytes.toString('utf8', at + 12, end), table);
    at = end;
  }
  return {
    precision,
    defaultTimeNs,
    tables,
    skipLines,
    body: { bytes: bytes.subarray(at), isPacked: bytes[2] === 1 },
  };
}
