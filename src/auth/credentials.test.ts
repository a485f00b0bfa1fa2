import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extractCredential, queryToken } from './credentials.ts';

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
const token = (value: string) => ({ kind: 'token', token: value });
const MALFORMED = { kind: 'malformed' };

test.each([
  ['Bearer abc', token('abc')],
  ['Token abc', token('abc')],
  ['Bearer ', token('')],
  ['bearer abc', MALFORMED],
  ['TOKEN abc', MALFORMED],
  ['basic YTpi', MALFORMED],
  ['Bearer', MALFORMED],
  ['Bearer  abc', MALFORMED],
  ['Bearer abc def', MALFORMED],
  ['Bearer abc ', MALFORMED],
  [' Bearer abc', MALFORMED],
  ['Bearer\tabc', MALFORMED],
  ['abc', MALFORMED],
  ['', MALFORMED],
  ['Digest abc', MALFORMED],
  ['Negotiate abc', MALFORMED],
  ['Bearer,abc', MALFORMED],
  ['Bearer äbc', MALFORMED],
  ['Bearer a\u0000c', MALFORMED],
  [`Basic ${base64('user:secret')}`, token('secret')],
  [`Basic ${base64(':secret')}`, token('secret')],
  [`Basic ${base64('user:')}`, token('')],
  [`Basic ${base64('u:s').replace(/=+$/, '')}`, token('s')],
  [`Basic ${base64('us:er:secret')}`, MALFORMED],
  [`Basic ${base64('no colon')}`, MALFORMED],
  ['Basic !!!!', MALFORMED],
  ['Basic YTpi=', MALFORMED],
  ['Basic YTpiY', MALFORMED],
  ['Basic YTpiYx', MALFORMED],
  ['Basic YTpi_w', MALFORMED],
  [`Basic ${Buffer.from([0x61, 0x3a, 0xff, 0xfe]).toString('base64')}`, MALFORMED],
  ['Basic ', MALFORMED],
])('[T2] Authorization %j', (authorization, expected) => {
  expect(extractCredential({ authorization })).toEqual(expected);
});

test('[T2] no header is no credential', () => {
  expect(extractCredential({ authorization: undefined })).toEqual({ kind: 'none' });
  expect(extractCredential({ authorization: null, queryP: null })).toEqual({ kind: 'none' });
});

test('[T2] p wins over the header, even over a malformed one, and an empty p is an empty token', () => {
  expect(extractCredential({ authorization: 'nonsense', queryP: 'abc' })).toEqual(token('abc'));
  expect(extractCredential({ authorization: 'Bearer abc', queryP: '' })).toEqual(token(''));
});

test('[T2] p is taken on /write and /query only, exactly once', () => {
  expect(queryToken('/write', 'db=x&p=abc')).toBe('abc');
  expect(queryToken('/query', '?p=a%2Bb+c')).toBe('a+b c');
  expect(queryToken('/write', 'p=')).toBe('');
  for (const path of ['/api/v2/write', '/api/v3/write_lp', '/write/', '//write', '/Write', '/query/x', '']) {
    expect(queryToken(path, 'p=abc')).toBeUndefined();
  }
  expect(queryToken('/write', 'p=abc&p=def')).toBeUndefined();
  expect(queryToken('/write', 'db=x')).toBeUndefined();
});

test('[T2] any header gives a credential or is malformed; a token is always a part of what was sent', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string().map((text) => `Bearer ${text}`),
      ),
      (header) => {
        const credential = extractCredential({ authorization: header });
        if (credential.kind === 'token') expect(header.includes(' ')).toBe(true);
        else expect(credential).toEqual(MALFORMED);
      },
    ),
  );
});
