/**
 * From a token string to a principal: one SHA-512 and one look-up in a `Map`, whatever the outcome, so that a
 * failure takes the same work whatever its reason. Told of every change of a token before its caller is
 * answered, which is why a revocation holds from the next request.
 */
import type { Principal } from './principal.ts';
import type { TokenRecord } from './token.ts';
import { hashKey, tokenKey } from './token-string.ts';

export type Authentication =
  | { readonly ok: true; readonly principal: Principal & { readonly kind: 'token' } }
  /** The caller is told the same in both cases; Flight and the log tell them apart. */
  | { readonly ok: false; readonly reason: 'unknown' | 'expired' };

/** Longer chains of derived tokens do not authenticate (none can be made either). */
export const MAXIMUM_DERIVATION_DEPTH = 4;

interface Entry {
  readonly token: TokenRecord;
  readonly expiryMs: number;
  /** The ready answer; null for derived tokens, whose parents are looked up each time. */
  readonly answer: Authentication | null;
  readonly rotatedUntilMs: number | null;
}

const UNKNOWN: Authentication = { ok: false, reason: 'unknown' };
const EXPIRED: Authentication = { ok: false, reason: 'expired' };

export class Authenticator {
  readonly #clock: { nowMs(): number };
  readonly #byHash = new Map<string, Entry>();
  readonly #byId = new Map<number, TokenRecord>();

  constructor(parts: { readonly clock: { nowMs(): number } }) {
    this.#clock = parts.clock;
  }

  /** Replaces everything known. */
  load(tokens: Iterable<TokenRecord>): void {
    this.#byHash.clear();
    this.#byId.clear();
    for (const token of tokens) this.#add(token);
  }

  /** A new or changed token. Its older state is known here by id, so `before` is not needed. */
  upsert(token: TokenRecord, _before?: TokenRecord): void {
    this.remove(token);
    this.#add(token);
  }

  remove(token: Pick<TokenRecord, 'id'>): void {
    const known = this.#byId.get(token.id);
    if (known === undefined) return;
    this.#byId.delete(known.id);
    this.#forgetHash(known.hash, known.id);
    if (known.previous !== null) this.#forgetHash(known.previous.hash, known.id);
  }

  authenticate(tokenString: string): Authentication {
    const entry = this.#byHash.get(tokenKey(tokenString));
    const nowMs = this.#clock.nowMs();
    if (entry === undefined) return UNKNOWN;
    if (entry.expiryMs <= nowMs) return EXPIRED;
    return entry.answer ?? this.#authenticateDerived(entry, nowMs);
  }

  /** The principal that a token would be now, without its string: for questions about it ("what if"). */
  principalOf(token: TokenRecord): Authentication {
    const nowMs = this.#clock.nowMs();
    const entry = makeEntry(token, null);
    if (entry.expiryMs <= nowMs) return EXPIRED;
    return entry.answer ?? this.#authenticateDerived(entry, nowMs);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** A derived token lives only while every parent does, and carries them as they are now. */
  #authenticateDerived(entry: Entry, nowMs: number): Authentication {
    const ancestors: TokenRecord[] = [];
    for (let id = entry.token.parentId; id !== null; ) {
      const parent = this.#byId.get(id);
      if (parent === undefined || ancestors.length === MAXIMUM_DERIVATION_DEPTH) return UNKNOWN;
      if (parent.expiryMs !== null && parent.expiryMs <= nowMs) return EXPIRED;
      ancestors.push(parent);
      id = parent.parentId;
    }
    const { token, rotatedUntilMs } = entry;
    return { ok: true, principal: { kind: 'token', token, rotatedUntilMs, ancestors } };
  }

  #add(token: TokenRecord): void {
    this.#byId.set(token.id, token);
    const previous = token.previous;
    if (previous !== null) this.#byHash.set(hashKey(previous.hash), makeEntry(token, previous.expiresAtMs));
    this.#byHash.set(hashKey(token.hash), makeEntry(token, null));
  }

  /** Only if the hash still belongs to that token: another one may own it by now. */
  #forgetHash(hash: Buffer, id: number): void {
    const key = hashKey(hash);
    if (this.#byHash.get(key)?.token.id === id) this.#byHash.delete(key);
  }
}

function makeEntry(token: TokenRecord, rotatedUntilMs: number | null): Entry {
  const expiryMs = Math.min(token.expiryMs ?? Infinity, rotatedUntilMs ?? Infinity);
  const answer: Authentication | null =
    token.parentId === null ? { ok: true, principal: { kind: 'token', token, rotatedUntilMs } } : null;
  return { token, expiryMs, answer, rotatedUntilMs };
}
