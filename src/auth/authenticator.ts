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

/** A string that was rotated away and still works for a while. */
class RotatedString {
  readonly token: TokenRecord;
  readonly untilMs: number;

  constructor(token: TokenRecord, untilMs: number) {
    this.token = token;
    this.untilMs = untilMs;
  }
}

const UNKNOWN: Authentication = { ok: false, reason: 'unknown' };
const EXPIRED: Authentication = { ok: false, reason: 'expired' };

export class Authenticator {
  readonly #clock: { nowMs(): number };
  /** Records themselves, nothing beside them: a million tokens are a million look-ups in memory that is not cached. */
  readonly #byHash = new Map<string, TokenRecord | RotatedString>();
  /** By id, which grow by one: an array takes a fifth of a map's memory and time. */
  #byId: (TokenRecord | undefined)[] = [];
  #size = 0;

  constructor(parts: { readonly clock: { nowMs(): number } }) {
    this.#clock = parts.clock;
  }

  /** Replaces everything known. */
  load(tokens: Iterable<TokenRecord>): void {
    this.#byHash.clear();
    this.#byId = [];
    this.#size = 0;
    for (const token of tokens) this.#add(token);
  }

  /** A new or changed token. Its older state is known here by id, so `before` is not needed. */
  upsert(token: TokenRecord, _before?: TokenRecord): void {
    this.remove(token);
    this.#add(token);
  }

  remove(token: Pick<TokenRecord, 'id'>): void {
    const known = this.#byId[token.id];
    if (known === undefined) return;
    this.#byId[known.id] = undefined;
    this.#size--;
    this.#forgetHash(known.hash, known.id);
    if (known.previous !== null) this.#forgetHash(known.previous.hash, known.id);
  }

  authenticate(tokenString: string): Authentication {
    const found = this.#byHash.get(tokenKey(tokenString));
    const nowMs = this.#clock.nowMs();
    if (found === undefined) return UNKNOWN;
    if (!(found instanceof RotatedString)) return this.#answer(found, null, nowMs);
    return found.untilMs <= nowMs ? EXPIRED : this.#answer(found.token, found.untilMs, nowMs);
  }

  /** The principal that a token would be now, without its string: for questions about it ("what if"). */
  principalOf(token: TokenRecord): Authentication {
    return this.#answer(token, null, this.#clock.nowMs());
  }

  get size(): number {
    return this.#size;
  }

  /** A derived token lives only while every parent does, and carries them as they are now. */
  #answer(token: TokenRecord, rotatedUntilMs: number | null, nowMs: number): Authentication {
    if (token.expiryMs !== null && token.expiryMs <= nowMs) return EXPIRED;
    if (token.parentId === null) return { ok: true, principal: { kind: 'token', token, rotatedUntilMs } };
    const ancestors: TokenRecord[] = [];
    for (let id: number | null = token.parentId; id !== null; ) {
      const parent: TokenRecord | undefined = this.#byId[id];
      if (parent === undefined || ancestors.length === MAXIMUM_DERIVATION_DEPTH) return UNKNOWN;
      if (parent.expiryMs !== null && parent.expiryMs <= nowMs) return EXPIRED;
      ancestors.push(parent);
      id = parent.parentId;
    }
    return { ok: true, principal: { kind: 'token', token, rotatedUntilMs, ancestors } };
  }

  #add(token: TokenRecord): void {
    this.#byId[token.id] = token;
    this.#size++;
    const previous = token.previous;
    if (previous !== null) {
      this.#byHash.set(hashKey(previous.hash), new RotatedString(token, previous.expiresAtMs));
    }
    this.#byHash.set(hashKey(token.hash), token);
  }

  /** Only if the hash still belongs to that token: another one may own it by now. */
  #forgetHash(hash: Buffer, id: number): void {
    const key = hashKey(hash);
    const found = this.#byHash.get(key);
    const owner = found instanceof RotatedString ? found.token : found;
    if (owner?.id === id) this.#byHash.delete(key);
  }
}
