import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineNumbers } from './line-numbers.ts';
import { decodeRecord, encodeRecord } from './log-record.ts';
import { packBody, unpackBody } from './packed-body.ts';

const id = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('a record comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.record({
        precision: fc.constantFrom('auto', 'second', 'millisecond', 'microsecond', 'nanosecond'),
        defaultTimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        tables: fc
          .array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.record({ id, dataId: id })))
          .map((entries) => new Map(entries)),
        skipLines: fc.array(id).map((lines) => LineNumbers.of(lines)),
        body: fc.record({ bytes: fc.uint8Array(), isPacked: fc.boolean() }),
      }),
      (record) => {
        const decoded = decodeRecord(Buffer.concat(encodeRecord(record)));
        expect({ ...decoded, body: { ...decoded.body, bytes: new Uint8Array(decoded.body.bytes) } }).toEqual(
          record,
        );
      },
    ),
  );
});

test('another version is refused', () => {
  expect(() => decodeRecord(Buffer.from([9, 0, 0, 0]))).toThrow(/newer Sluice/);
  expect(() => decodeRecord(new Uint8Array(0))).toThrow(/unknown kind/);
});

test('a large body is packed and comes back, a small one stays', async () => {
  const large = Buffer.from('cpu,host=a usage=1i 1\n'.repeat(10_000));
  const packed = await packBody(large);
  expect(packed!.bytes.byteLength).toBeLessThan(large.byteLength / 10);
  expect(Buffer.compare(unpackBody(packed!), large)).toBe(0);
  expect(packBody(Buffer.from('cpu f=1'))).toBeUndefined();
});
