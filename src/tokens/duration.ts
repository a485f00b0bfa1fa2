/** The duration grammar of `--expiry` and its like (`auth.md` 12.6): humantime's, with humantime's texts. */

export type ParsedDuration =
  /** `seconds` may have a fraction. */
  { readonly ok: true; readonly seconds: number } | { readonly ok: false; readonly message: string };

const SECOND_NS = 1_000_000_000n;

const UNIT_NS: ReadonlyMap<string, bigint> = new Map(
  (
    [
      ['ns nsec nanos', 1n],
      ['us usec µs', 1_000n],
      ['ms msec millis', 1_000_000n],
      ['s sec secs second seconds', SECOND_NS],
      ['m min mins minute minutes', 60n * SECOND_NS],
      ['h hr hrs hour hours', 3_600n * SECOND_NS],
      ['d day days', 86_400n * SECOND_NS],
      ['w wk wks week weeks', 604_800n * SECOND_NS],
      ['M month months', 2_630_016n * SECOND_NS],
      ['y yr yrs year years', 31_557_600n * SECOND_NS],
    ] as const
  ).flatMap(([spellings, ns]) => spellings.split(' ').map((spelling) => [spelling, ns] as const)),
);

const MAXIMUM_NUMBER = 2n ** 64n - 1n;
const MAXIMUM_NS = MAXIMUM_NUMBER * SECOND_NS;
const OVERFLOW =
  'number is too large or cannot be represented without a lack of precision (values below 1ns are not supported)';

const SPACE = /\s/;
const DIGIT = /[0-9]/;
const LETTER = /[A-Za-zµ]/;

/** Pairs of a number and a unit, summed; a bare `0` is allowed. Offsets in the texts are in UTF-8 bytes. */
export function parseDuration(text: string): ParsedDuration {
  if (text === '0') return { ok: true, seconds: 0 };
  const characters = [...text];
  const fail = (message: string): ParsedDuration => ({ ok: false, message });
  const offset = (index: number) => Buffer.byteLength(characters.slice(0, index).join(''));
  let totalNs = 0n;
  let index = 0;
  let isFirst = true;
  for (;;) {
    while (index < characters.length && SPACE.test(characters[index]!)) index++;
    if (index === characters.length) {
      if (isFirst) return fail('value was empty');
      return { ok: true, seconds: Number(totalNs / SECOND_NS) + Number(totalNs % SECOND_NS) / 1e9 };
    }
    if (!DIGIT.test(characters[index]!)) return fail(`expected number at ${offset(index)}`);
    let digits = '';
    let fraction: string | null = null;
    for (; index < characters.length && !LETTER.test(characters[index]!); index++) {
      const character = characters[index]!;
      if (DIGIT.test(character)) {
        if (fraction === null) digits += character;
        else fraction += character;
      } else if (character === '.' && fraction === null) fraction = '';
      else if (!SPACE.test(character)) return fail(`invalid character at ${offset(index)}`);
    }
    let unit = '';
    while (index < characters.length && LETTER.test(characters[index]!)) unit += characters[index++];
    if (index < characters.length && !SPACE.test(characters[index]!) && !DIGIT.test(characters[index]!)) {
      return fail(`invalid character at ${offset(index)}`);
    }
    const number = fraction === null ? digits : `${digits}.${fraction}`;
    if (digits.length + (fraction?.length ?? 0) > 40 || BigInt(digits) > MAXIMUM_NUMBER)
      return fail(OVERFLOW);
    const unitNs = UNIT_NS.get(unit);
    if (unit === '') return fail(`time unit needed, for example ${number}sec or ${number}ms`);
    if (unitNs === undefined) {
      return fail(
        `unknown time unit "${unit}", supported units: ns, us/µs, ms, sec, min, hours, days, weeks, months, years (and few variations)`,
      );
    }
    const scale = 10n ** BigInt(fraction?.length ?? 0);
    const scaledNs = BigInt(digits + (fraction ?? '')) * unitNs;
    if (scaledNs % scale !== 0n) return fail(OVERFLOW);
    totalNs += scaledNs / scale;
    if (totalNs > MAXIMUM_NS) return fail(OVERFLOW);
    isFirst = false;
  }
}
