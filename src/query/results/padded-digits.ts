/** Integers with leading zeros. */
const ZERO = 48;

/** The two digits of each number below 100. */
const pairs = Uint8Array.from({ length: 200 }, (_, index) => {
  const number = index >> 1;
  return ZERO + (index % 2 === 0 ? Math.floor(number / 10) : number % 10);
});

/** Writes an integer below 1e9 as `width` digits; the caller has made room. The position behind them. */
export function layPadded(buffer: Uint8Array, position: number, value: number, width: number): number {
  let rest = value | 0;
  let index = position + width;
  for (; index - 2 >= position; index -= 2) {
    const quotient = (rest / 100) | 0;
    const pair = (rest - quotient * 100) * 2;
    buffer[index - 2] = pairs[pair]!;
    buffer[index - 1] = pairs[pair + 1]!;
    rest = quotient;
  }
  if (index > position) buffer[position] = ZERO + rest;
  return position + width;
}
