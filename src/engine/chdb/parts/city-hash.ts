/** CityHash128 as of its version 1.0.2: the checksum of the engine's compressed blocks. */
import { loadInt32, WordRegisters } from './word-registers.ts';

// The registers' names.
const X = 0;
const Y = 1;
const Z = 2;
const V0 = 3;
const V1 = 4;
const W0 = 5;
const W1 = 6;
const A = 7;
const B = 8;
const C = 9;
const D = 10;
const T = 11;
const U = 12;
const LENGTH = 13;
const K0 = 14;
const K1 = 15;
const K2 = 16;
const K3 = 17;
const K_MUL = 18;

const r = new WordRegisters(19);
r.set(K0, 0x97cb3127, 0xc3a5c85c);
r.set(K1, 0xbe98f273, 0xb492b66f);
r.set(K2, 0x2f90404f, 0x9ae16a3b);
r.set(K3, 0x509e6557, 0xc949d7c7);
r.set(K_MUL, 0xeb382d69, 0x9ddfea08);

/** Whether the hash of the bytes `from` to `to`, at least 16 of them, stands at `expectedAt`. */
export function hasCityHash(bytes: Uint8Array, from: number, to: number, expectedAt: number): boolean {
  r.load(A, bytes, from);
  r.xor(A, A, K3);
  r.load(B, bytes, from + 8);
  if (to - from - 16 < 128) hashShort(bytes, from + 16, to);
  else hashLong(bytes, from + 16, to);
  return (
    r.lowOf(A) === loadInt32(bytes, expectedAt) &&
    r.highOf(A) === loadInt32(bytes, expectedAt + 4) &&
    r.lowOf(B) === loadInt32(bytes, expectedAt + 8) &&
    r.highOf(B) === loadInt32(bytes, expectedAt + 12)
  );
}

/** A and B are the seed, and then the hash. */
function hashShort(bytes: Uint8Array, from: number, to: number): void {
  const length = to - from;
  if (length <= 16) {
    r.multiply(A, A, K1);
    r.mix(A, A);
    r.multiply(A, A, K1);
    hashTiny(D, bytes, from, to);
    r.multiply(C, B, K1);
    r.add(C, C, D);
    if (length >= 8) r.load(D, bytes, from);
    else r.copy(D, C);
    r.add(D, A, D);
    r.mix(D, D);
  } else {
    r.load(T, bytes, to - 8);
    r.add(T, T, K1);
    join(C, T, A);
    r.load(D, bytes, to - 16);
    r.add(D, C, D);
    r.set(LENGTH, length, 0);
    r.add(T, B, LENGTH);
    join(D, T, D);
    r.add(A, A, D);
    for (let at = from; ; at += 16) {
      absorb(A, bytes, at);
      r.xor(B, B, A);
      absorb(C, bytes, at + 8);
      r.xor(D, D, C);
      if (to - at <= 32) break;
    }
  }
  join(A, A, C);
  join(B, D, B);
  r.xor(T, A, B);
  join(B, B, A);
  r.copy(A, T);
}

function absorb(to: number, bytes: Uint8Array, at: number): void {
  r.load(T, bytes, at);
  r.multiply(T, T, K1);
  r.mix(T, T);
  r.multiply(T, T, K1);
  r.xor(to, to, T);
  r.multiply(to, to, K1);
}

/** Of at most 16 bytes. */
function hashTiny(to: number, bytes: Uint8Array, from: number, end: number): void {
  const length = end - from;
  if (length > 8) {
    r.load(T, bytes, from);
    r.load(U, bytes, end - 8);
    r.set(LENGTH, length, 0);
    r.add(LENGTH, U, LENGTH);
    r.rotate(LENGTH, LENGTH, length);
    join(to, T, LENGTH);
    r.load(U, bytes, end - 8);
    r.xor(to, to, U);
  } else if (length >= 4) {
    const first = loadInt32(bytes, from);
    r.set(T, (first << 3) + length, first >>> 29);
    r.set(LENGTH, loadInt32(bytes, end - 4), 0);
    join(to, T, LENGTH);
  } else if (length > 0) {
    r.set(T, bytes[from]! + (bytes[from + (length >> 1)]! << 8), 0);
    r.set(U, length + (bytes[end - 1]! << 2), 0);
    r.multiply(T, T, K2);
    r.multiply(U, U, K3);
    r.xor(T, T, U);
    r.mix(T, T);
    r.multiply(to, T, K2);
  } else {
    r.copy(to, K2);
  }
}

/** Two words become one. Uses U. */
function join(to: number, a: number, b: number): void {
  r.xor(U, a, b);
  r.multiply(U, U, K_MUL);
  r.mix(U, U);
  r.xor(U, b, U);
  r.multiply(U, U, K_MUL);
  r.mix(U, U);
  r.multiply(to, U, K_MUL);
}

function hashLong(bytes: Uint8Array, from: number, to: number): void {
  r.copy(X, A);
  r.copy(Y, B);
  r.set(LENGTH, to - from, 0);
  r.multiply(Z, LENGTH, K1);
  r.xor(V0, Y, K1);
  turnedWith(V0, V0, 49, bytes, from);
  turnedWith(V1, V0, 42, bytes, from + 8);
  r.add(W0, Y, Z);
  r.rotate(W0, W0, 35);
  r.multiply(W0, W0, K1);
  r.add(W0, W0, X);
  r.load(W1, bytes, from + 88);
  r.add(W1, X, W1);
  r.rotate(W1, W1, 53);
  r.multiply(W1, W1, K1);
  let at = from;
  for (; to - at >= 128; at += 128) {
    round(bytes, at, X, Z);
    round(bytes, at + 64, Z, X);
  }
  finish(bytes, at, to);
}

/** `rotated * K1` plus what stands there. */
function turnedWith(target: number, a: number, bits: number, bytes: Uint8Array, at: number): void {
  r.rotate(target, a, bits);
  r.multiply(target, target, K1);
  r.load(T, bytes, at);
  r.add(target, target, T);
}

/** 64 bytes. Behind it `x` and `z` have changed their roles. */
function round(bytes: Uint8Array, at: number, x: number, z: number): void {
  r.load(T, bytes, at + 16);
  r.add(T, T, V0);
  r.add(T, T, Y);
  r.add(x, x, T);
  r.rotate(x, x, 37);
  r.multiply(x, x, K1);
  r.load(T, bytes, at + 48);
  r.add(T, T, V1);
  r.add(Y, Y, T);
  r.rotate(Y, Y, 42);
  r.multiply(Y, Y, K1);
  r.xor(x, x, W1);
  r.xor(Y, Y, V0);
  r.xor(z, z, W0);
  r.rotate(z, z, 33);
  r.multiply(A, V1, K1);
  r.add(B, x, W0);
  weak(V0, V1, bytes, at);
  r.add(A, z, W1);
  r.copy(B, Y);
  weak(W0, W1, bytes, at + 32);
}

/** Of 32 bytes with the seeds A and B, which it uses up. */
function weak(first: number, second: number, bytes: Uint8Array, at: number): void {
  r.load(T, bytes, at);
  r.add(A, A, T);
  r.load(T, bytes, at + 24);
  r.add(B, B, A);
  r.add(B, B, T);
  r.rotate(B, B, 21);
  r.copy(C, A);
  r.load(U, bytes, at + 8);
  r.add(A, A, U);
  r.load(U, bytes, at + 16);
  r.add(A, A, U);
  r.rotate(U, A, 44);
  r.add(B, B, U);
  r.add(first, A, T);
  r.add(second, B, C);
}

/** The bytes behind the last round, from the end on, and the state becomes A and B. */
function finish(bytes: Uint8Array, at: number, to: number): void {
  r.rotate(T, W0, 37);
  r.multiply(T, T, K0);
  r.add(T, T, Z);
  r.add(Y, Y, T);
  r.add(T, V0, Z);
  r.rotate(T, T, 49);
  r.multiply(T, T, K0);
  r.add(X, X, T);
  for (let end = to; end > at; end -= 32) {
    const piece = end - 32;
    r.subtract(Y, Y, X);
    r.rotate(Y, Y, 42);
    r.multiply(Y, Y, K0);
    r.add(Y, Y, V1);
    r.load(T, bytes, piece + 16);
    r.add(W0, W0, T);
    r.rotate(X, X, 49);
    r.multiply(X, X, K0);
    r.add(X, X, W0);
    r.add(W0, W0, V0);
    r.copy(A, V0);
    r.copy(B, V1);
    weak(V0, V1, bytes, piece);
  }
  join(X, X, V0);
  join(Y, Y, W0);
  r.add(T, X, V1);
  join(A, T, W1);
  r.add(A, A, Y);
  r.add(T, X, W1);
  r.add(B, Y, V1);
  join(B, T, B);
}
