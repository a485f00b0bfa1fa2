import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonBody } from './json-body.ts';
import { type JsonNode, parseJsonText } from './json-text.ts';

function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'array':
      return node.items.map(plain);
    case 'object':
      return Object.fromEntries([...node.fields].map(([name, value]) => [name, plain(value)]));
    case 'integer':
    case 'float':
      return Number(node.value);
    default:
      return node.value;
  }
}

test('what JSON.stringify prints is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plain(parseJsonText(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('a damaged text is refused, or both readers agree', () => {
  const texts = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, inserted]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + inserted + text.slice(place + (at % 2));
  });
  fc.assert(
    fc.property(texts, (text) => {
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(() => parseJsonText(text)).toThrow(/^serde json error: .* at line \d+ column \d+$/s);
        return;
      }
      let read: unknown;
      try {
        read = plain(parseJsonText(text));
      } catch (error) {
        // Stricter only where the standard leaves it open: lone surrogates.
        expect((error as Error).message).toMatch(/surrogate|escape|recursion|number/);
        return;
      }
      expect(read).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

describe('bounds', () => {
  test('deep nesting is an error, not a crash', () => {
    const deep = '['.repeat(200_000);
    expect(() => parseJsonText(deep)).toThrow(/recursion limit exceeded/);
  });

  test('__proto__ is a name like others', () => {
    const body = parseJsonBody('{"__proto__":"x","constructor":"y"}', 'Request');
    expect([body.string('__proto__'), body.string('constructor'), body.has('toString')]).toEqual([
      'x',
      'y',
      false,
    ]);
  });
});
