import { describe, expect, test } from 'vitest';
import { parseHardDelete } from './hard-delete-time.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

describe('hard_delete_at', () => {
  test.each([
    ['never', { kind: 'never' }],
    ['now', { kind: 'at', ms: NOW }],
    ['default', { kind: 'at', ms: NOW + 259_200_000 }],
    [undefined, { kind: 'at', ms: NOW + 259_200_000 }],
    ['2020-01-01T00:00:00Z', { kind: 'at', ms: NOW }],
    ['2026-02-01T00:00:00.5Z', { kind: 'at', ms: Date.parse('2026-02-01T00:00:00.500Z') }],
    ['2026-02-01T02:00:00+02:00', { kind: 'at', ms: Date.parse('2026-02-01T00:00:00Z') }],
  ])('%s', (text, expected) => {
    expect(parseHardDelete(text, NOW)).toEqual(expected);
  });

  test.each(['', 'soon', '2026-02-01', '1700000000'])('refuses %j', (text) => {
    expect(() => parseHardDelete(text, NOW)).toThrow(/^Cannot parse the timestamp: /);
  });

  test.each(['2026-02-31T00:00:00Z', '2026-02-01T25:00:00Z'])('out of range %j', (text) => {
    expect(() => parseHardDelete(text, NOW)).toThrow('Timestamp is out of range');
  });
});
