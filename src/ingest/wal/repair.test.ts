import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedDisk } from '../../../test/support/simulated-disk.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { openLog } from './open.ts';
import { repairLog } from './repair.ts';

const DIRECTORY = '/data/wal';

const open = (disk: SimulatedDisk, segmentBytes = 400) =>
  openLog({
    directory: DIRECTORY,
    files: disk,
    clock: systemClock,
    logger: silentLogger,
    random: { bytes: (length) => Buffer.alloc(length, 7), uuid: () => '' },
    limits: { segmentBytes },
  });

async function found(disk: SimulatedDisk): Promise<Map<number, string>> {
  const { replay, log } = await open(disk);
  const records = new Map<number, string>();
  for await (const { sequence, payload } of replay()) records.set(sequence, Buffer.from(payload).toString());
  await log.close();
  return records;
}

/** Records 1, 2, … of these sizes, each in a group of its own; all durable. */
async function filled(sizes: readonly number[]): Promise<{ disk: SimulatedDisk; texts: string[] }> {
  const disk = new SimulatedDisk(() => 0.5);
  const { log } = await open(disk);
  const texts = sizes.map((size, index) => `record ${index + 1} `.padEnd(size, '.'));
  for (const text of texts) await log.append([Buffer.from(text)], { durable: true });
  await log.close();
  return { disk, texts };
}

const segments = (disk: SimulatedDisk) =>
  [...disk.contents().keys()].filter((path) => path.endsWith('.wal')).sort();

const flip = (text: string) => (content: Buffer) => {
  content[content.indexOf(text)]! ^= 0x40;
  return content;
};

test('leaves a healthy log, and one with a torn tail, alone', async () => {
  const { disk } = await filled([100, 100, 100, 100]);
  const last = segments(disk).at(-1)!;
  disk.damage(last, (content) => Buffer.concat([content, Buffer.from('SLGR torn')]));
  const before = disk.contents();
  expect(await repairLog(DIRECTORY, { files: disk })).toEqual({
    segments: 2,
    recordsKept: 4,
    recordsLost: 0,
    bytesLost: 0,
    damages: [],
    setAside: [],
  });
  expect(disk.contents()).toEqual(before);
  expect((await found(disk)).size).toBe(4);
});

test('a damaged record is set aside, told, and everything else is kept', async () => {
  const { disk } = await filled([80, 80, 80, 80]);
  const [path] = segments(disk);
  disk.damage(path!, flip('record 2'));
  await expect(open(disk)).rejects.toMatchObject({ code: 'wal_corrupt' });
  const expected = {
    recordsKept: 3,
    recordsLost: 1,
    bytesLost: 116,
    damages: [{ file: path, offset: 156, bytes: 116, records: 1 }],
  };
  const untouched = disk.contents();
  expect(await repairLog(DIRECTORY, { files: disk, isDryRun: true })).toMatchObject(expected);
  expect(disk.contents()).toEqual(untouched);
  expect(await repairLog(DIRECTORY, { files: disk })).toMatchObject({
    ...expected,
    setAside: [`${path}.damaged`],
  });
  expect([...(await found(disk)).keys()]).toEqual([1, 3, 4]);
  expect(disk.contents().get(`${path}.damaged`)!.includes('decord 2')).toBe(false);
  const { log } = await open(disk);
  expect(await log.append([Buffer.from('on')], { durable: true })).toBe(5);
  await log.trim(5);
  await log.close();
  expect([...(await found(disk)).keys()]).toEqual([4, 5]);
});

test('a missing segment and a segment without a header are survived', async () => {
  const { disk } = await filled(Array.from({ length: 9 }, () => 80));
  const paths = segments(disk);
  expect(paths).toHaveLength(3);
  disk.damage(paths[0]!, (content) => content.fill(0, 0, 40));
  await disk.unlink(paths[1]!);
  expect(await repairLog(DIRECTORY, { files: disk })).toMatchObject({
    recordsKept: 6,
    recordsLost: 3,
    bytesLost: 40,
  });
  expect([...(await found(disk)).keys()]).toEqual([1, 2, 3, 7, 8, 9]);
});

test('a log of which nothing is left starts empty, and counts on', async () => {
  const { disk } = await filled([80, 80, 80, 80, 80]);
  for (const path of segments(disk)) disk.damage(path, (content) => content.fill(0));
  expect(await repairLog(DIRECTORY, { files: disk })).toMatchObject({ recordsKept: 0, recordsLost: 3 });
  expect(await found(disk)).toEqual(new Map());
  const { log } = await open(disk);
  expect(log.next).toBe(4);
  await log.close();
});

test('a log that a newer version wrote is not touched', async () => {
  const { disk } = await filled([80]);
  const { encodeSegmentHeader } = await import('./format.ts');
  const { crc32 } = await import('node:zlib');
  const header = encodeSegmentHeader({ salt: Buffer.alloc(8), first: 1, sealedFrom: 1 });
  header.writeUInt32LE(2, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 36)), 36);
  disk.damage(segments(disk)[0]!, (content) => Buffer.concat([header, content.subarray(40)]));
  await expect(open(disk)).rejects.toMatchObject({ code: 'wal_version' });
  await expect(repairLog(DIRECTORY, { files: disk })).rejects.toMatchObject({ code: 'wal_version' });
});

const damage = fc.record({
  segment: fc.nat(),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.constantFrom('flip', 'zero', 'cut', 'insert', 'remove'),
  length: fc.integer({ min: 1, max: 300 }),
});

test('any damage: the start finds a prefix or refuses; after a repair it finds what is intact, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 10, max: 300 }), { minLength: 1, maxLength: 12 }),
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (sizes, damages, crashes) => {
        const { disk, texts } = await filled(sizes);
        for (const { segment, at, kind, length } of damages) {
          const paths = segments(disk);
          if (paths.length === 0) break;
          const path = paths[segment % paths.length]!;
          const offset = Math.floor(at * disk.contents().get(path)!.length);
          if (kind === 'remove' && paths.length > 1) await disk.unlink(path);
          else disk.damage(path, (content) => spoil(content, kind, offset, length));
        }
        const intact = texts.filter((text) =>
          segments(disk).some((path) => disk.contents().get(path)!.includes(text)),
        );
        let isRefused = false;
        try {
          const records = [...(await found(disk)).values()];
          const start = texts.indexOf(records[0]!);
          if (records.length > 0) expect(records).toEqual(texts.slice(start, start + records.length));
        } catch (error) {
          expect(error).toMatchObject({ code: 'wal_corrupt' });
          isRefused = true;
        }
        if (!isRefused) return;
        if (crashes) {
          let operations = 0;
          const stopAt = Math.floor(damages[0]!.at * 20);
          disk.faults = () => (operations++ >= stopAt ? { code: 'EIO' } : undefined);
          await repairLog(DIRECTORY, { files: disk }).catch(() => undefined);
          disk.faults = () => undefined;
          disk.killProcess();
        }
        const report = await repairLog(DIRECTORY, { files: disk });
        const records = await found(disk);
        if (!crashes) expect(records.size).toBe(report.recordsKept);
        const sequences = [...records.keys()];
        expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
        for (const [sequence, text] of records) expect(text).toBe(texts[sequence - 1]);
        // With one damage, every record whose bytes are whole must be kept, save in a log without any header.
        const hasHeader = segments(disk).length > 1 || damages.length === 1;
        if (damages.length === 1 && hasHeader && sizes.length > 6) {
          const lost = intact.filter((text) => ![...records.values()].includes(text));
          expect(lost.length).toBeLessThanOrEqual(1);
        }
        const again = await repairLog(DIRECTORY, { files: disk });
        expect(again.damages).toEqual([]);
      },
    ),
    { numRuns: 2000 },
  );
});

function spoil(content: Buffer, kind: string, offset: number, length: number): Buffer {
  switch (kind) {
    case 'flip':
      if (content.length > 0) content[offset]! ^= 1;
      return content;
    case 'cut':
      return content.subarray(0, offset);
    case 'insert':
      return Buffer.concat([content.subarray(0, offset), Buffer.alloc(length, 1), content.subarray(offset)]);
    default:
      return content.fill(0, offset, Math.min(content.length, offset + length));
  }
}
