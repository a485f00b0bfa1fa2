/** 64-bit numbers as two 32-bit words, little endian: written without making a BigInt of each. */
const TWO_32 = 4294967296;

/** A whole number of at most 53 bits. */
export function putWhole(words: Int32Array, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  // Assigned to a word, a number keeps its lowest 32 bits.
  words[at * 2] = value - high * TWO_32;
  words[at * 2 + 1] = high;
}

/** `originNs + offset` for each offset. */
export function putInstants(words: Int32Array, at: number, originNs: bigint, offsets: Float64Array): void {
  const originLow = Number(BigInt.asUintN(32, originNs));
  const originHigh = Number(BigInt.asIntN(64, originNs) >> 32n);
  for (let row = 0; row < offsets.length; row++) {
    const high = Math.floor(offsets[row]! / TWO_32);
    const low = originLow + (offsets[row]! - high * TWO_32);
    words[(at + row) * 2] = low;
    words[(at + row) * 2 + 1] = originHigh + high + (low >= TWO_32 ? 1 : 0);
  }
}
