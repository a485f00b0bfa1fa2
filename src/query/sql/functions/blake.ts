/**
 * BLAKE2b-512, BLAKE2s-256 and BLAKE3, which the engine has not: its arrays compute them, four words of the state at
 * a time. Slow beside the engine's own digests (some microseconds for each 64 bytes), and exact.
 */
import { bound } from '../bound.ts';
import type { PrintContext } from './definition.ts';

export type BlakeName = 'blake2b' | 'blake2s' | 'blake3';

interface Width {
  readonly bits: 32 | 64;
  readonly initial: readonly bigint[];
  /** By how many bits the four steps of the mixing rotate. */
  readonly rotations: readonly [number, number, number, number];
}

/** The first bits of the fractions of the square roots of the first primes, as for SHA-512 and SHA-256. */
const WIDE: Width = {
  bits: 64,
  initial: [
    0x6a09e667f3bcc908n,
    0xbb67ae8584caa73bn,
    0x3c6ef372fe94f82bn,
    0xa54ff53a5f1d36f1n,
    0x510e527fade682d1n,
    0x9b05688c2b3e6c1fn,
    0x1f83d9abfb41bd6bn,
    0x5be0cd19137e2179n,
  ],
  rotations: [32, 24, 16, 63],
};
const NARROW: Width = {
  bits: 32,
  initial: WIDE.initial.map((word) => word >> 32n),
  rotations: [16, 12, 8, 7],
};

/** In which order a round takes the words of the message: a row a round, a hexadecimal digit a word. */
const BLAKE2_ORDER = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
];
const BLAKE3_ORDER = '263a704d1bc59ef8';

const wordsOf = (digits: string): number[] => [...digits].map((digit) => Number.parseInt(digit, 16));

/** Each round takes the words in the order of the one before, permuted. */
function blake3Orders(): number[][] {
  const permutation = wordsOf(BLAKE3_ORDER);
  const orders = [permutation.map((_, index) => index)];
  while (orders.length < 7) orders.push(permutation.map((from) => orders.at(-1)![from]!));
  return orders;
}

const ORDERS: Readonly<Record<BlakeName, readonly (readonly number[])[]>> = {
  blake2b: [...BLAKE2_ORDER, ...BLAKE2_ORDER.slice(0, 2)].map(wordsOf),
  blake2s: BLAKE2_ORDER.map(wordsOf),
  blake3: blake3Orders(),
};

const literals = (words: readonly bigint[], { bits }: Width): string =>
  `[${words.map((word) => `toUInt${bits}(${word})`).join(', ')}]`;

/** The state after all rounds: a tuple of its four rows. */
function mixed(
  name: BlakeName,
  width: Width,
  rows: readonly [string, string, string, string],
  message: string,
  context: PrintContext,
): string {
  const [state, step, x, y, word] = Array.from({ length: 5 }, () => context.freshName());
  const [r1, r2, r3, r4] = width.rotations;
  // Half a mixing of all columns, then of all diagonals: words of the message, rotations, and how far the rows turn.
  const steps = ORDERS[name].flatMap((order) => {
    const words = (first: number) => `[${[0, 2, 4, 6].map((at) => order[first + at]! + 1).join(', ')}]`;
    return [
      `(${words(0)}, ${r1}, ${r2}, 0)`,
      `(${words(1)}, ${r3}, ${r4}, 1)`,
      `(${words(8)}, ${r1}, ${r2}, 0)`,
      `(${words(9)}, ${r3}, ${r4}, 3)`,
    ];
  });
  const part = (index: number): string => `${step}.${index}`;
  const sum = (left: string, right: string): string => `toUInt${width.bits}(${left} + ${right})`;
  const a = `arrayMap((${x}, ${y}, ${word}) -> ${sum(sum(x!, y!), `${message}[${word}]`)}, ${state}.1, ${state}.2, ${part(1)})`;
  const turned = (left: string, right: string, by: string): string =>
    `arrayMap((${x}, ${y}) -> bitRotateRight(bitXor(${x}, ${y}), ${by}), ${left}, ${right})`;
  const d = turned(`${state}.4`, a, part(2));
  const c = `arrayMap((${x}, ${y}) -> ${sum(x!, y!)}, ${state}.3, ${d})`;
  const b = turned(`${state}.2`, c, part(3));
  const rotated = (row: string, times: number): string =>
    `arrayRotateLeft(${row}, (${part(4)} * ${times}) % 4)`;
  const next = `tuple(${a}, ${rotated(b, 1)}, ${rotated(c, 2)}, ${rotated(d, 3)})`;
  return `arrayFold((${state}, ${step}) -> ${next}, [${steps.join(', ')}], tuple(${rows.join(', ')}))`;
}

const exclusiveOr = (rows: readonly string[], context: PrintContext): string => {
  const names = rows.map(() => context.freshName());
  const all = names.reduce((left, right) => `bitXor(${left}, ${right})`);
  return `arrayMap((${names.join(', ')}) -> ${all}, ${rows.join(', ')})`;
};

/** The sixteen words of the block that begins behind so many bytes. */
function blockAt(padded: string, from: string, { bits }: Width, context: PrintContext): string {
  const index = context.freshName();
  const bytes = bits / 8;
  return `arrayMap(${index} -> reinterpretAsUInt${bits}(substring(${padded}, ${from} + ${index} * ${bytes} + 1, ${bytes})), range(16))`;
}

const padded = (text: string, blocks: string, bytes: number): string =>
  `concat(${text}, repeat('\\0', ${blocks} * ${bytes} - length(${text})))`;
const blocksOf = (length: string, bytes: number): string =>
  `greatest(toInt64(intDiv(${length} + ${bytes - 1}, ${bytes})), 1)`;

/** Little endian, all bytes of each word. */
function bytesOf(words: string, { bits }: Width, context: PrintContext): string {
  const word = context.freshName();
  return `unhex(arrayStringConcat(arrayMap(${word} -> leftPad(hex(byteSwap(${word})), ${bits / 4}, '0'), ${words})))`;
}

function blake2(name: 'blake2b' | 'blake2s', text: string, context: PrintContext): string {
  const width = name === 'blake2b' ? WIDE : NARROW;
  const block = width.bits * 2;
  const [source, hash, at, message, state] = Array.from({ length: 5 }, () => context.freshName());
  const [first, ...others] = width.initial;
  const initial = [first! ^ 0x01010000n ^ BigInt(width.bits), ...others];
  const constants = width.initial;
  const count = blocksOf(`length(${text})`, block);
  const typed = (sql: string): string => `toUInt${width.bits}(${sql})`;
  const done = typed(`least((${at} + 1) * ${block}, length(${text}))`);
  const last = `if((${at} + 1) * ${block} >= length(${text}), ${typed(String((1n << BigInt(width.bits)) - 1n))}, ${typed('0')})`;
  const fourth = `[bitXor(${typed(String(constants[4]))}, ${done}), ${typed(String(constants[5]))}, bitXor(${typed(String(constants[6]))}, ${last}), ${typed(String(constants[7]))}]`;
  const upper = `arraySlice(${hash}, 1, 4)`;
  const lower = `arraySlice(${hash}, 5, 4)`;
  const rows = [upper, lower, literals(constants.slice(0, 4), width), fourth] as const;
  const next = `arrayConcat(${exclusiveOr([upper, `${state}.1`, `${state}.3`], context)}, ${exclusiveOr([lower, `${state}.2`, `${state}.4`], context)})`;
  const compressed = bound(
    message!,
    blockAt(source!, `${at} * ${block}`, width, context),
    bound(state!, mixed(name, width, rows, message!, context), next),
  );
  const folded = `arrayFold((${hash}, ${at}) -> ${compressed}, range(${count}), ${literals(initial, width)})`;
  return bytesOf(bound(source!, padded(text, count, block), folded), width, context);
}

const BLOCK = 64;
const CHUNK = 1024;
const FLAGS = { chunkStart: 1, chunkEnd: 2, parent: 4, root: 8 };

interface Compression {
  readonly hash: string;
  readonly message: string;
  readonly counter: string;
  readonly length: string;
  readonly flags: string;
}

function compressedBlake3(
  { hash, message, counter, length, flags }: Compression,
  context: PrintContext,
): string {
  const [words, state] = [context.freshName(), context.freshName()];
  const rows = [
    `arraySlice(${hash}, 1, 4)`,
    `arraySlice(${hash}, 5, 4)`,
    literals(NARROW.initial.slice(0, 4), NARROW),
    `[toUInt32(${counter}), toUInt32(0), toUInt32(${length}), toUInt32(${flags})]`,
  ] as const;
  const next = `arrayConcat(${exclusiveOr([`${state}.1`, `${state}.3`], context)}, ${exclusiveOr([`${state}.2`, `${state}.4`], context)})`;
  return bound(words, message, bound(state, mixed('blake3', NARROW, rows, words, context), next));
}

/** Chunks of 1024 bytes, then a tree of pairs over them; the last compression of all is marked. */
function blake3(text: string, context: PrintContext): string {
  const names = Array.from({ length: 6 }, () => context.freshName());
  const [source, chunk, hash, at, level, pair] = names as [string, string, string, string, string, string];
  const hashes = context.freshName();
  const length = `toInt64(length(${text}))`;
  const chunks = blocksOf(length, CHUNK);
  const rest = `least(${length} - ${chunk} * ${CHUNK}, ${CHUNK})`;
  const blocks = blocksOf(rest, BLOCK);
  const end = `if(${chunks} = 1, ${FLAGS.chunkEnd + FLAGS.root}, ${FLAGS.chunkEnd})`;
  const block = compressedBlake3(
    {
      hash,
      message: blockAt(source, `${chunk} * ${CHUNK} + ${at} * ${BLOCK}`, NARROW, context),
      counter: chunk,
      length: `least(${rest} - ${at} * ${BLOCK}, ${BLOCK})`,
      flags: `if(${at} = 0, ${FLAGS.chunkStart}, 0) + if(${at} + 1 = ${blocks}, ${end}, 0)`,
    },
    context,
  );
  const initial = literals(NARROW.initial, NARROW);
  const leaves = `arrayMap(${chunk} -> arrayFold((${hash}, ${at}) -> ${block}, range(${blocks}), ${initial}), range(${chunks}))`;
  const parent = compressedBlake3(
    {
      hash: initial,
      message: `arrayConcat(${hashes}[2 * ${pair} + 1], ${hashes}[2 * ${pair} + 2])`,
      counter: '0',
      length: String(BLOCK),
      flags: `if(length(${hashes}) = 2, ${FLAGS.parent + FLAGS.root}, ${FLAGS.parent})`,
    },
    context,
  );
  // One without a neighbour goes up as it is; a round too many changes nothing.
  const above = `arrayMap(${pair} -> if(2 * ${pair} + 2 <= length(${hashes}), ${parent}, ${hashes}[2 * ${pair} + 1]), range(intDiv(length(${hashes}) + 1, 2)))`;
  const levels = `range(toUInt8(ceil(log2(${chunks}))) + 1)`;
  const root = `arrayFold((${hashes}, ${level}) -> ${above}, ${levels}, ${leaves})[1]`;
  return bytesOf(bound(source, padded(text, chunks, CHUNK), root), NARROW, context);
}

/** The digest of a text that is not null. */
export function blakeDigest(name: BlakeName, text: string, context: PrintContext): string {
  const given = context.freshName();
  const digest = name === 'blake3' ? blake3(given, context) : blake2(name, given, context);
  return bound(given, text, digest);
}
