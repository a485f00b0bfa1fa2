/** Repetition and definition levels in Parquet's hybrid encoding. Source: Encodings.md of Apache Parquet. */
import type { ByteSink } from '../byte-sink.ts';

/** Behind its length: one repeated run where all levels are equal, else one packed run. */
export function writeLevels(sink: ByteSink, levels: Uint8Array, maximum: number): void {
  const first = levels[0] ?? 0;
  if (areEqual(levels, first)) {
    writeEqualLevels(sink, first, levels.length);
    return;
  }
  const width = Math.ceil(Math.log2(maximum + 1));
  const groups = Math.ceil(levels.length / 8);
  lengthPrefixed(sink, () => {
    writeVarint(sink, groups * 2 + 1);
    sink.reserve(groups * width);
    const { buffer, position } = sink;
    buffer.fill(0, position, position + groups * width);
    for (let entry = 0; entry < levels.length; entry++) {
      const level = levels[entry]!;
      for (let bit = 0; bit < width; bit++) {
        if ((level >> bit) & 1) {
          const place = entry * width + bit;
          buffer[position + (place >> 3)]! |= 1 << (place & 7);
        }
      }
    }
    sink.position += groups * width;
  });
}

export function writeEqualLevels(sink: ByteSink, level: number, count: number): void {
  lengthPrefixed(sink, () => {
    writeVarint(sink, count * 2);
    sink.byte(level);
  });
}

export function writeVarint(sink: ByteSink, value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    sink.byte((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  sink.byte(rest);
}

function areEqual(levels: Uint8Array, value: number): boolean {
  for (let entry = 0; entry < levels.length; entry++) if (levels[entry] !== value) return false;
  return true;
}

function lengthPrefixed(sink: ByteSink, write: () => void): void {
  sink.reserve(4);
  const at = sink.position;
  sink.position += 4;
  write();
  sink.buffer.writeUInt32LE(sink.position - at - 4, at);
}
