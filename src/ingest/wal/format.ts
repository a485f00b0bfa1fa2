/**
 * The bytes of the log on disk. Integers are little-endian.
 *
 * A segment is `<first sequence, 20 digits>.wal`: a header of 40 bytes, then groups.
 *   header: magic 'SLUICWAL' | version u32 | salt 8 bytes | first u64 | sealedFrom u64 | crc u32 of all before
 *   group:  magic 'SLGR' | crc u32 | body length u32 | records u32 | first sequence u64 | synced u64 | body
 *   body:   length u32 of each record, then the records end to end
 * `synced`: when the group was written, records before this were known to be on disk. Damage at a record
 * below the `synced` of an intact group behind it has hit what was promised; other damage is a torn tail.
 *
 * A group is what one fsync covers, and has one CRC: a power cut may persist its pages in any order, and
 * the group is then torn as a whole. The CRC starts from the salt, a secret of this log: bytes that a
 * client writes into a field can so never pass for a group when a damaged segment is searched.
 */
import zlib from 'node:zlib';

export const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 40;
export const GROUP_HEADER_BYTES = 32;
export const SALT_BYTES = 8;

const SEGMENT_MAGIC = Buffer.from('SLUICWAL');
export const GROUP_MAGIC = Buffer.from('SLGR');
const GROUP_MAGIC_NUMBER = GROUP_MAGIC.readUInt32LE(0);

export interface SegmentHeader {
  readonly salt: Uint8Array;
  /** Sequence of the segment's first record. The segment before ends here, whatever bytes it still has. */
  readonly first: number;
  /** Records from here to `first` may be missing in the segment before: they were never durable, or are lost. */
  readonly sealedFrom: number;
}

export interface GroupHeader {
  readonly crc: number;
  readonly bodyBytes: number;
  readonly records: number;
  readonly first: number;
  readonly synced: number;
}

export function segmentName(first: number): string {
  return `${String(first).padStart(20, '0')}.wal`;
}

/** The first sequence that a file's name promises; undefined for a file that is no segment. */
export function parseSegmentName(name: string): number | undefined {
  const match = /^(\d{20})\.wal$/.exec(name);
  const first = match ? Number(match[1]) : Number.NaN;
  return Number.isSafeInteger(first) ? first : undefined;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  bytes.set(header.salt, 12);
  bytes.writeBigUInt64LE(BigInt(header.first), 20);
  bytes.writeBigUInt64LE(BigInt(header.sealedFrom), 28);
  bytes.writeUInt32LE(zlib.crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

export type DecodedSegmentHeader =
  | { readonly kind: 'good'; readonly header: SegmentHeader }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'version'; readonly version: number };

export function decodeSegmentHeader(bytes: Buffer): DecodedSegmentHeader {
  const isWhole =
    bytes.length >= SEGMENT_HEADER_BYTES &&
    bytes.subarray(0, 8).equals(SEGMENT_MAGIC) &&
    bytes.readUInt32LE(36) === zlib.crc32(bytes.subarray(0, 36));
  if (!isWhole) return { kind: 'damaged' };
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) return { kind: 'version', version };
  const salt = Uint8Array.prototype.slice.call(bytes, 12, 12 + SALT_BYTES);
  const first = Number(bytes.readBigUInt64LE(20));
  return { kind: 'good', header: { salt, first, sealedFrom: Number(bytes.readBigUInt64LE(28)) } };
}

/** Header and length table of a group; the records' chunks follow it in the same write. */
export function encodeGroupStart(
  salt: Uint8Array,
  position: { readonly first: number; readonly synced: number },
  records: readonly { readonly chunks: readonly Uint8Array[]; readonly bytes: number }[],
): Buffer {
  const start = Buffer.allocUnsafe(GROUP_HEADER_BYTES + records.length * 4);
  let bodyBytes = records.length * 4;
  records.forEach((record, index) => {
    start.writeUInt32LE(record.bytes, GROUP_HEADER_BYTES + index * 4);
    bodyBytes += record.bytes;
  });
  start.writeUInt32LE(GROUP_MAGIC_NUMBER, 0);
  start.writeUInt32LE(bodyBytes, 8);
  start.writeUInt32LE(records.length, 12);
  start.writeBigUInt64LE(BigInt(position.first), 16);
  start.writeBigUInt64LE(BigInt(position.synced), 24);
  let crc = zlib.crc32(start.subarray(8), zlib.crc32(salt));
  for (const record of records) for (const chunk of record.chunks) crc = zlib.crc32(chunk, crc);
  start.writeUInt32LE(crc, 4);
  return start;
}

/** Undefined when these bytes cannot be the start of a group. Nothing is proven before the CRC is checked. */
export function decodeGroupHeader(bytes: Buffer): GroupHeader | undefined {
  if (bytes.length < GROUP_HEADER_BYTES || bytes.readUInt32LE(0) !== GROUP_MAGIC_NUMBER) return undefined;
  const records = bytes.readUInt32LE(12);
  const bodyBytes = bytes.readUInt32LE(8);
  const first = Number(bytes.readBigUInt64LE(16));
  const synced = Number(bytes.readBigUInt64LE(24));
  if (records === 0 || bodyBytes < records * 4 || !Number.isSafeInteger(first + records)) return undefined;
  return { crc: bytes.readUInt32LE(4), bodyBytes, records, first, synced };
}

/** `group` is header and body. */
export function groupIsIntact(salt: Uint8Array, group: Buffer, header: GroupHeader): boolean {
  if (group.length !== GROUP_HEADER_BYTES + header.bodyBytes) return false;
  if (zlib.crc32(group.subarray(8), zlib.crc32(salt)) !== header.crc) return false;
  let bytes = header.records * 4;
  for (let index = 0; index < header.records; index++) {
    bytes += group.readUInt32LE(GROUP_HEADER_BYTES + index * 4);
  }
  return bytes === header.bodyBytes;
}

/** Views of an intact group's records. */
export function* groupPayloads(group: Buffer, header: GroupHeader): Generator<Uint8Array> {
  let at = GROUP_HEADER_BYTES + header.records * 4;
  for (let index = 0; index < header.records; index++) {
    const bytes = group.readUInt32LE(GROUP_HEADER_BYTES + index * 4);
    yield group.subarray(at, at + bytes);
    at += bytes;
  }
}
