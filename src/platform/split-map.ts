/**
 * A map that grows in small steps. A `Map` that has become full moves all that is in it, for tens of milliseconds with
 * a million entries; here these lie in parts, of which one is split at a time.
 */
import { randomFillSync } from 'node:crypto';

/** Entries of a part, beyond which it is split. */
const MOST_ENTRIES = 4096;
/** Deeper parts are not split: somebody found keys that no bit tells apart. */
const DEEPEST = 16;
/** Nobody outside can choose keys that meet in one part. */
const SECRETS = randomFillSync(new Int32Array(2));
const SECRET = SECRETS[0]!;
const SECRET_FACTOR = SECRETS[1]! | 1;

/** Keys whose hashes have the same last `depth` bits. */
interface Part<Key, Value> {
  readonly entries: Map<Key, Value>;
  readonly depth: number;
}

export class SplitMap<Key, Value> {
  private readonly hashOf: (key: Key) => number;
  /** By the last bits of the hash; a part that was split less often stands here several times. */
  private parts: Part<Key, Value>[] = [{ entries: new Map(), depth: 0 }];

  constructor(hashOf: (key: Key) => number) {
    this.hashOf = hashOf;
  }

  get(key: Key): Value | undefined {
    return this.partOf(key).entries.get(key);
  }

  set(key: Key, value: Value): void {
    const part = this.partOf(key);
    part.entries.set(key, value);
    if (part.entries.size > MOST_ENTRIES && part.depth < DEEPEST) this.split(part, key);
  }

  clear(): void {
    this.parts = [{ entries: new Map(), depth: 0 }];
  }

  private partOf(key: Key): Part<Key, Value> {
    const { parts } = this;
    return parts.length === 1 ? parts[0]! : parts[this.hashOf(key) & (parts.length - 1)]!;
  }

  private split({ entries, depth }: Part<Key, Value>, anyKey: Key): void {
    const halves = [new Map<Key, Value>(), new Map<Key, Value>()].map((each) => ({
      entries: each,
      depth: depth + 1,
    }));
    const half = (hash: number) => halves[(hash >>> depth) & 1]!;
    for (const [key, value] of entries) half(this.hashOf(key)).entries.set(key, value);
    if (this.parts.length === 2 ** depth) this.parts = [...this.parts, ...this.parts];
    const step = 2 ** depth;
    for (let at = this.hashOf(anyKey) & (step - 1); at < this.parts.length; at += step)
      this.parts[at] = half(at);
  }
}

export function numberHash(number: number): number {
  const mixed = Math.imul(number ^ SECRET, SECRET_FACTOR);
  const more = Math.imul(mixed ^ (mixed >>> 16), 0x2c1b3c6d);
  return more ^ (more >>> 15);
}
