import type { NumberArray } from '../../stored-rows.ts';

/** The same whole numbers in the smallest kind of array that holds them. */
export function narrowIntegers(values: Float64Array): NumberArray {
  let smallest = 0;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  if (smallest >= -(2 ** 7) && largest < 2 ** 7) return new Int8Array(values);
  if (smallest >= -(2 ** 15) && largest < 2 ** 15) return new Int16Array(values);
  return smallest >= -(2 ** 31) && largest < 2 ** 31 ? new Int32Array(values) : values;
}

/** The same, for numbers that may have a fraction: whole ones are often stored as floats. */
export function narrowFloats(values: Float64Array): NumberArray {
  let isWhole = true;
  for (let i = 0; i < values.length && isWhole; i++) {
    const value = values[i]!;
    isWhole = (value | 0) === value && !Object.is(value, -0);
  }
  if (isWhole) return narrowIntegers(values);
  for (let i = 0; i < values.length; i++) if (Math.fround(values[i]!) !== values[i]) return values;
  return new Float32Array(values);
}
