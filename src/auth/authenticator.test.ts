import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenWith } from '../../test/support/permission-universe.ts';
import { Authenticator, MAXIMUM_DERIVATION_DEPTH } from './authenticator.ts';
import type { TokenRecord } from './token.ts';
import { hashToken } from './token-string.ts';

/** A clock that counts how often it is read. */
function manualClock(nowMs = 1000) {
  const clock = {
    nowAtMs: nowMs,
    reads: 0,
    nowMs: () => {
      clock.reads++;
      return clock.nowAtMs;
    },
  };
  return clock;
}

function record(id: number, string: string, fields: Partial<TokenRecord> = {}): TokenRecord {
  return tokenWith([], { id, name: `token-${id}`, hash: hashToken(string), ...fields });
}

function open(tokens: TokenRecord[], clock = manualClock()) {
  const authenticator = new Authenticator({ clock });
  authenticator.load(tokens);
  return { authenticator, clock };
}

describe('a string', () => {
  test('[T3] [T4] is known or not, expired or not; at the very millisecond of its expiry it is expired', () => {
    const { authenticator, clock } = open([record(1, 'apiv3_one', { expiryMs: 2000 })]);
    clock.nowAtMs = 1999;
    expect(authenticator.authenticate('apiv3_one')).toMatchObject({
      ok: true,
      principal: { token: { id: 1 } },
    });
    clock.nowAtMs = 2000;
    expect(authenticator.authenticate('apiv3_one')).toEqual({ ok: false, reason: 'expired' });
    expect(authenticator.authenticate('apiv3_two')).toEqual({ ok: false, reason: 'unknown' });
  });

  test('[T7] needs no form: what a file or another server made works, and so does any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const { authenticator } = open([record(1, text)]);
        expect(authenticator.authenticate(text).ok).toBe(true);
        expect(authenticator.authenticate(`${text}x`).ok).toBe(false);
      }),
    );
  });

  test('[T3] that fails costs one look at the clock and gives one of two ready answers, whatever it is', () => {
    const long = 'x'.repeat(100_000);
    const { authenticator, clock } = open([record(1, 'apiv3_old', { expiryMs: 5 })]);
    for (const text of ['', 'x', long, 'apiv3_', `apiv3_${'A'.repeat(86)}`, 'apiv3_old']) {
      const before = clock.reads;
      const first = authenticator.authenticate(text);
      expect(clock.reads - before).toBe(1);
      // The same object each time: nothing about the string or the token is in the answer.
      expect(authenticator.authenticate(text)).toBe(first);
      expect(first).toEqual({ ok: false, reason: text === 'apiv3_old' ? 'expired' : 'unknown' });
    }
  });
});

describe('a change', () => {
  test('[T6] holds for the very next request: deleted, replaced, expired, renamed', () => {
    const one = record(1, 'a');
    const { authenticator } = open([one]);
    authenticator.upsert({ ...one, hash: hashToken('b') });
    expect(authenticator.authenticate('a').ok).toBe(false);
    expect(authenticator.authenticate('b').ok).toBe(true);
    authenticator.upsert({ ...one, hash: hashToken('b'), expiryMs: 1000 });
    expect(authenticator.authenticate('b')).toEqual({ ok: false, reason: 'expired' });
    authenticator.upsert({ ...one, hash: hashToken('b'), name: 'other' });
    expect(authenticator.authenticate('b')).toMatchObject({ principal: { token: { name: 'other' } } });
    authenticator.remove({ id: 1 });
    expect(authenticator.authenticate('b').ok).toBe(false);
    expect(authenticator.size).toBe(0);
  });

  test('[T5] after a rotation both strings work until the grace ends, and only the old one says so', () => {
    const rotated = record(1, 'new', { previous: { hash: hashToken('old'), expiresAtMs: 3000 } });
    const { authenticator, clock } = open([rotated]);
    expect(authenticator.authenticate('old')).toMatchObject({ principal: { rotatedUntilMs: 3000 } });
    expect(authenticator.authenticate('new')).toMatchObject({ principal: { rotatedUntilMs: null } });
    clock.nowAtMs = 3000;
    expect(authenticator.authenticate('old')).toEqual({ ok: false, reason: 'expired' });
    expect(authenticator.authenticate('new').ok).toBe(true);
    // The second rotation ends the oldest at once.
    clock.nowAtMs = 2000;
    authenticator.upsert({
      ...rotated,
      hash: hashToken('newest'),
      previous: { hash: hashToken('new'), expiresAtMs: 9000 },
    });
    expect(authenticator.authenticate('old')).toEqual({ ok: false, reason: 'unknown' });
    expect(authenticator.authenticate('new').ok).toBe(true);
  });

  test('[T5] a grace never outlives the token', () => {
    const rotated = record(1, 'new', {
      expiryMs: 2000,
      previous: { hash: hashToken('old'), expiresAtMs: 9000 },
    });
    const { authenticator, clock } = open([rotated]);
    clock.nowAtMs = 2000;
    expect(authenticator.authenticate('old').ok).toBe(false);
  });

  test('[T6] a string that moves to another token stays with it when the first one goes', () => {
    const first = record(1, 'shared');
    const { authenticator } = open([first]);
    authenticator.upsert(record(2, 'shared'));
    authenticator.remove(first);
    expect(authenticator.authenticate('shared')).toMatchObject({ principal: { token: { id: 2 } } });
  });

  test('[T6] any history leaves exactly what a fresh load of the survivors gives', () => {
    const step = fc.record({
      id: fc.nat(3),
      string: fc.nat(5),
      old: fc.option(fc.nat(5)),
      isDelete: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { authenticator } = open([]);
        const alive = new Map<number, TokenRecord>();
        const taken = (string: number, id: number) =>
          [...alive.values()].some(
            (other) =>
              other.id !== id &&
              [other.hash, other.previous?.hash].some((hash) => hash?.equals(hashToken(String(string)))),
          );
        for (const { id, string, old, isDelete } of steps) {
          if (isDelete) {
            authenticator.remove({ id });
            alive.delete(id);
            continue;
          }
          // The catalog keeps hashes unique.
          if (taken(string, id) || (old !== null && (old === string || taken(old, id)))) continue;
          const previous = old === null ? null : { hash: hashToken(String(old)), expiresAtMs: 1e9 };
          const token = record(id, String(string), { previous });
          authenticator.upsert(token);
          alive.set(id, token);
        }
        const fresh = open([...alive.values()]).authenticator;
        for (let string = 0; string <= 5; string++) {
          const text = String(string);
          expect(authenticator.authenticate(text)).toEqual(fresh.authenticate(text));
        }
        expect(authenticator.size).toBe(fresh.size);
      }),
    );
  });
});

describe('a derived token', () => {
  const chain = (depth: number) =>
    Array.from({ length: depth + 1 }, (_, id) =>
      record(id, `s${id}`, { parentId: id === 0 ? null : id - 1 }),
    );

  test('[D2] carries its parents as they are now, and dies and expires with any of them', () => {
    const tokens = chain(2);
    const { authenticator, clock } = open(tokens);
    expect(authenticator.authenticate('s2')).toMatchObject({
      ok: true,
      principal: { token: { id: 2 }, ancestors: [{ id: 1 }, { id: 0 }] },
    });
    const narrowed = { ...tokens[0]!, description: 'narrowed' };
    authenticator.upsert(narrowed);
    const again = authenticator.authenticate('s2');
    expect(again.ok && again.principal.ancestors?.[1]).toBe(narrowed);
    authenticator.upsert({ ...tokens[0]!, expiryMs: clock.nowAtMs });
    expect(authenticator.authenticate('s2')).toEqual({ ok: false, reason: 'expired' });
    authenticator.upsert(tokens[0]!);
    authenticator.remove(tokens[1]!);
    expect(authenticator.authenticate('s2')).toEqual({ ok: false, reason: 'unknown' });
    expect(authenticator.principalOf(tokens[2]!)).toEqual({ ok: false, reason: 'unknown' });
  });

  test('[D2] a chain that is too long or a ring does not authenticate', () => {
    const { authenticator } = open(chain(MAXIMUM_DERIVATION_DEPTH + 1));
    expect(authenticator.authenticate(`s${MAXIMUM_DERIVATION_DEPTH}`).ok).toBe(true);
    expect(authenticator.authenticate(`s${MAXIMUM_DERIVATION_DEPTH + 1}`).ok).toBe(false);
    const ring = open([record(1, 'x', { parentId: 2 }), record(2, 'y', { parentId: 1 })]).authenticator;
    expect(ring.authenticate('x').ok).toBe(false);
  });
});
