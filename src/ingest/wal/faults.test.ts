/** The log on a disk that fails: each named case, then random histories against a naive model. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fault, SimulatedDisk } from '../../../test/support/simulated-disk.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import type { WriteAheadLog } from './log.ts';
import { openLog } from './open.ts';

const DIRECTORY = '/data/wal';
const durable = { durable: true };
const bytes = (text: string) => [Buffer.from(text)];

const open = (disk: SimulatedDisk, segmentBytes = 1 << 20) =>
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

const unavailable = { code: 'wal_unavailable', status: 503 };

test.each<[string, Fault, 'writev' | 'fdatasync']>([
  ['a full disk', { code: 'ENOSPC' }, 'writev'],
  ['a full disk after half a write', { code: 'ENOSPC', takeBytes: 20 }, 'writev'],
  ['a failing write', { code: 'EIO', takeBytes: 40 }, 'writev'],
  ['a disk that takes no byte', { takeBytes: 0 }, 'writev'],
  ['a failing fsync', { code: 'EIO' }, 'fdatasync'],
  ['a full disk at fsync', { code: 'ENOSPC' }, 'fdatasync'],
])('%s refuses the write, loses nothing, and needs no restart', async (_, fault, operation) => {
  const disk = new SimulatedDisk(() => 0.5);
  const { log } = await open(disk);
  await log.append(bytes('before'), durable);
  disk.faults = (name) => (name === operation ? fault : undefined);
  await expect(log.append(bytes('refused'), durable)).rejects.toMatchObject(unavailable);
  await expect(log.append(bytes('refused too'), durable)).rejects.toMatchObject(unavailable);
  disk.faults = () => undefined;
  expect(await log.append(bytes('after'), durable)).toBe(2);
  disk.cutPower();
  expect(await found(disk)).toEqual(
    new Map([
      [1, 'before'],
      [2, 'after'],
    ]),
  );
});

test('short writes are gone on with', async () => {
  const disk = new SimulatedDisk(() => 0.5);
  const { log } = await open(disk);
  disk.faults = (operation) => (operation === 'writev' ? { takeBytes: 7 } : undefined);
  await log.append([Buffer.from('hello '), Buffer.from('world, hello disk')], durable);
  disk.cutPower();
  disk.faults = () => undefined;
  expect([...(await found(disk)).values()]).toEqual(['hello world, hello disk']);
});

test('a slow fsync gathers the next group: one more fsync for a hundred writes', async () => {
  const disk = new SimulatedDisk(() => 0.5);
  const { log } = await open(disk);
  let release: () => void = () => undefined;
  disk.delaySync = new Promise((resolve) => {
    release = resolve;
  });
  const first = log.append(bytes('first'), durable);
  await new Promise((resolve) => setImmediate(resolve));
  const others = Array.from({ length: 100 }, () => log.append(bytes('x'), durable));
  await new Promise((resolve) => setImmediate(resolve));
  expect(log.statistics()).toMatchObject({ fsyncs: 0, waiting: 101 });
  release();
  await Promise.all([first, ...others]);
  expect(log.statistics()).toMatchObject({ fsyncs: 2, waiting: 0 });
  await log.close();
});

test('when neither the cut nor a new segment works, it refuses until one does', async () => {
  const disk = new SimulatedDisk(() => 0.5);
  const { log } = await open(disk);
  await log.append(bytes('kept'), durable);
  disk.faults = (operation) => (operation === 'read' || operation === 'open' ? undefined : { code: 'EIO' });
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(log.append(bytes('refused'), durable)).rejects.toMatchObject(unavailable);
  }
  disk.faults = () => undefined;
  expect(await log.append(bytes('again'), durable)).toBe(2);
  disk.killProcess();
  expect([...(await found(disk)).values()]).toEqual(['kept', 'again']);
});

test('a trim that fails keeps the segments, and a later one removes them', async () => {
  const disk = new SimulatedDisk(() => 0.5);
  const { log } = await open(disk, 100);
  for (let index = 0; index < 5; index++) await log.append([Buffer.alloc(50)], durable);
  disk.faults = (operation) => (operation === 'unlink' ? { code: 'EIO' } : undefined);
  await log.trim(3);
  expect(log.statistics().segments).toBe(5);
  disk.faults = () => undefined;
  await log.trim(4);
  expect(log.statistics().segments).toBe(2);
  await log.close();
});

test('a start that the disk refuses says what to do', async () => {
  const disk = new SimulatedDisk(() => 0.5);
  disk.faults = (operation) => (operation === 'list' ? { code: 'EACCES' } : undefined);
  await expect(open(disk)).rejects.toMatchObject({
    code: 'wal_cannot_open',
    message: expect.stringContaining('check the disk'),
  });
});

interface Written {
  readonly text: string;
  readonly sequence: number;
  readonly durable: boolean;
}

/** What the log has promised so far. */
class Model {
  readonly accepted = new Map<number, Written>();
  /** Refused payloads, with the number of records accepted when they were refused. */
  readonly refused = new Map<string, number>();
  trimmedBefore = 0;
  /** Records without a promise below this may be missing. */
  weakBefore = 0;
  highest = 0;

  accept(written: Written): void {
    if (written.sequence <= this.highest) throw new Error(`sequence ${written.sequence} was used again`);
    this.highest = written.sequence;
    this.accepted.set(written.sequence, written);
  }

  /** Compares with what a restart found, and goes on from that. */
  check(records: ReadonlyMap<number, string>, next: number, powerWasCut: boolean): void {
    const sequences = [...records.keys()];
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    for (const written of this.accepted.values()) {
      const isPromised = written.sequence >= this.trimmedBefore;
      if (isPromised && written.durable) expect(records.get(written.sequence)).toBe(written.text);
      if (isPromised && !powerWasCut && written.sequence >= this.weakBefore) {
        expect(records.get(written.sequence)).toBe(written.text);
      }
    }
    for (const [sequence, text] of records) {
      const accepted = this.accepted.get(sequence);
      // A refused record may come back only when nothing was accepted after it and the power was cut.
      if (accepted === undefined) expect([powerWasCut, this.refused.get(text)]).toEqual([true, this.highest]);
      else expect(text).toBe(accepted.text);
    }
    for (const sequence of [...this.accepted.keys()]) {
      if (!records.has(sequence)) this.accepted.delete(sequence);
    }
    // What is on disk after a power cut stays there; a restart alone cannot know after a failed fsync.
    for (const [sequence, text] of records) {
      const isDurable = powerWasCut || sequence >= this.weakBefore || this.accepted.get(sequence)!.durable;
      this.accepted.set(sequence, { sequence, text, durable: isDurable });
    }
    this.highest = next - 1;
    if (powerWasCut) this.weakBefore = 0;
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      records: fc.array(fc.record({ durable: fc.boolean(), size: fc.integer({ min: 0, max: 1500 }) }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('trim' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      operation: fc.constantFrom(
        'writev',
        'fdatasync',
        'truncate',
        'create',
        'rename',
        'unlink',
        'syncDirectory',
      ),
      code: fc.constantFrom('ENOSPC', 'EIO'),
      takeBytes: fc.integer({ min: 0, max: 600 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heal' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'power' as const, 'close' as const) }),
  },
);

test('random histories of writes, faults, kills and power cuts keep every promise', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.integer(), async (steps, seed) => {
      const random = generator(seed);
      const disk = new SimulatedDisk(random);
      const model = new Model();
      let log: WriteAheadLog = (await open(disk, 3000)).log;
      let written = 0;
      const restart = async (powerWasCut: boolean) => {
        disk.faults = () => undefined;
        const opened = await open(disk, 3000);
        const records = new Map<number, string>();
        for await (const { sequence, payload } of opened.replay()) {
          records.set(sequence, Buffer.from(payload).toString());
        }
        model.check(records, opened.log.next, powerWasCut);
        log = opened.log;
      };
      for (const action of steps) {
        if (action.kind === 'append') {
          const results = action.records.map(async ({ durable, size }) => {
            const text = `${written++}:${'x'.repeat(size)}`;
            try {
              model.accept({ text, durable, sequence: await log.append(bytes(text), { durable }) });
            } catch (error) {
              expect(error).toMatchObject(unavailable);
              model.refused.set(text, model.highest);
              model.weakBefore = model.highest + 1;
            }
          });
          await Promise.all(results);
        } else if (action.kind === 'trim') {
          const before = Math.floor(action.share * log.next);
          await log.trim(before);
          model.trimmedBefore = Math.max(model.trimmedBefore, before);
        } else if (action.kind === 'fault') {
          disk.faults = (operation) =>
            operation === action.operation ? { code: action.code, takeBytes: action.takeBytes } : undefined;
        } else if (action.kind === 'heal') {
          disk.faults = () => undefined;
        } else if (action.kind === 'close') {
          // A close on a sick disk may fail; the promises hold all the same.
          await log.close().catch(() => undefined);
          disk.killProcess();
          await restart(false);
        } else {
          if (action.kind === 'kill') disk.killProcess();
          else disk.cutPower();
          await restart(action.kind === 'power');
        }
      }
      disk.cutPower();
      await restart(true);
      await log.close();
    }),
    { numRuns: 3000 },
  );
});

/** A small deterministic generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
