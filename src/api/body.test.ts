import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requireUtf8 } from './body.ts';

function refusedLine(body: Uint8Array): number {
  try {
    requireUtf8(body);
    return 0;
  } catch (error) {
    return Number(/in line (\d+)$/.exec((error as Error).message)?.[1]);
  }
}

test('the first line that is not UTF-8 is named', () => {
  const bytes = fc.constantFrom(0x0a, 0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xff);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(bytes, { maxLength: 40 }), (any, few) => {
      for (const body of [any, Uint8Array.from(few)]) {
        const lines = Buffer.from(body).toString('latin1').split('\n');
        const bad = lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
        expect(refusedLine(body)).toBe(bad + 1);
      }
    }),
    { numRuns: 5000 },
  );
});

test('five million lines before it are not looked at one by one', () => {
  const body = new Uint8Array(5_000_000).fill(0x0a);
  body[body.length - 1] = 0xff;
  const before = process.cpuUsage();
  expect(refusedLine(body)).toBe(5_000_000);
  const { user, system } = process.cpuUsage(before);
  expect(user + system).toBeLessThan(250_000);
});
