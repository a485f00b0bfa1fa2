import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyLive } from '../../test/support/copy-live.ts';
import { AUTHOR, type IngestHarness, openHarness } from '../../test/support/ingest.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { engineErrors, ingestErrors, SluiceError } from '../errors/index.ts';

let directory: string;
let harness: IngestHarness;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-ingest-'));
  harness = await openHarness(directory);
});
afterEach(async () => {
  await harness.close();
  rmSync(directory, { recursive: true, force: true });
});

const write: IngestHarness['write'] = (body, options) => harness.write(body, options);
const rows = (table: string) => harness.rows(table);
const dirty = (table: string) => harness.ingest.readState(harness.table(table).id).dirty;

async function refusal(work: Promise<unknown>): Promise<SluiceError> {
  const error = await work.catch((error: unknown) => error);
  if (!(error instanceof SluiceError)) throw new Error('it was not refused');
  return error;
}

describe('a write', () => {
  test('makes the table and its columns, and is seen by the next read', async () => {
    expect(await write('m,host=a f=1.5,i=2i,u=3u,s="x y",b=t 10\nm,host=b f=2 11')).toEqual({
      linesWritten: 2,
      linesRejected: 0,
      bytes: 55,
      errors: [],
    });
    expect(await rows('m')).toEqual([
      { host: 'a', time: '10', f: 1.5, i: '2', u: '3', s: 'x y', b: true },
      { host: 'b', time: '11', f: 2, i: null, u: null, s: null, b: null },
    ]);
  });

  test('keeps the extremes of every type', async () => {
    await write('m i=-9223372036854775808i,u=18446744073709551615u,f=-0,s="" -9223372036854775806');
    await write('m i=9223372036854775807i,u=0u,f=1.7976931348623157e308,s="é\n" 9223372036854775806');
    expect((await rows('m')).map(({ i, u, s, time }) => ({ i, u, s, time }))).toEqual([
      { i: '-9223372036854775808', u: '18446744073709551615', s: '', time: '-9223372036854775806' },
      { i: '9223372036854775807', u: '0', s: 'é\n', time: '9223372036854775806' },
    ]);
  });

  test('with bad lines keeps the good ones and makes no columns for the bad', async () => {
    await write('m f=1 1');
    const result = await write('m f=2 2\nm f=3i,g=1 3\nm f=4 4');
    expect(result.linesWritten).toBe(2);
    expect(result.errors.map(({ line_number: line }) => line)).toEqual([2]);
    expect(harness.table('m').columnByName.has('g')).toBe(false);
    expect((await rows('m')).map(({ f }) => f)).toEqual([1, 2, 4]);
  });

  test('all or nothing: one bad line and nothing is written', async () => {
    const error = await refusal(write('m f=1 1\nm f= 2', { acceptPartial: false }));
    expect(error.code).toBe(ingestErrors.lineProtocolRejected.code);
    expect(error.data).toMatchObject({ line_number: 2, original_line: 'm f= 2' });
    expect(harness.catalog.table(harness.database.id, 'm')).toBeUndefined();
  });

  test('without a line is refused', async () => {
    expect((await refusal(write('# only this\n'))).code).toBe(ingestErrors.emptyWrite.code);
  });

  test('refuses tables that the caller may not write to, by line', async () => {
    const result = await write('m f=1 1\nsecret f=1 1', { allowTable: (table) => table === 'm' });
    expect(result.errors.map(({ error_message: text }) => text)).toEqual([
      "the token may not write to table 'secret'",
    ]);
    expect(harness.catalog.table(harness.database.id, 'secret')).toBeUndefined();
  });

  test('into a soft-deleted database is refused', async () => {
    await harness.catalog.as(AUTHOR).deleteDatabase(harness.database.id, { kind: 'never' });
    expect((await refusal(write('m f=1 1'))).code).toBe(ingestErrors.databaseSoftDeleted.code);
  });

  test('requests that extend the same schema at once all arrive; of two types one is refused', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        write(`m,t=${index} f${index % 5}=1,x=${index % 2 ? '1i' : '1'} 1`),
      ),
    );
    const refused = outcomes.filter(({ errors }) => errors.length > 0);
    expect(refused).toHaveLength(10);
    expect(refused[0]!.errors[0]!.error_message).toMatch(/^invalid column type for column 'x'/);
    expect(await rows('m')).toHaveLength(10);
  });
});

describe('duplicate points', () => {
  test('in one request, across the buffer and the engine, and after a new column', async () => {
    await write('m,t=1 a=1,b=1 5\nm,t=1 b=2 5');
    expect(await rows('m')).toEqual([{ t: '1', a: 1, b: 2, time: '5' }]);
    expect(dirty('m')).toEqual([]);
    await write('m,t=1 c="x" 5');
    await write('m,t=1 a=7 5');
    expect(await rows('m')).toEqual([{ t: '1', a: 7, b: 2, c: 'x', time: '5' }]);
    expect(dirty('m')).toEqual([{ fromNs: 5n, toNs: 6n }]);
    await harness.clean();
    expect(dirty('m')).toEqual([]);
    expect(await rows('m')).toEqual([{ t: '1', a: 7, b: 2, c: 'x', time: '5' }]);
  });

  test('points that come late, in any order, leave the table clean', async () => {
    for (const time of [50, 40, 60, 45, 30, 55]) {
      await write(`m,t=1 a=${time} ${time}`);
      await harness.ingest.flush();
    }
    expect(dirty('m')).toEqual([]);
    expect((await rows('m')).map(({ time }) => time)).toEqual(['30', '40', '45', '50', '55', '60']);
  });

  test('a mark outlives a restart', async () => {
    await write('m a=1 5');
    await harness.ingest.flush();
    await write('m a=2 5');
    await harness.ingest.flush();
    await harness.close();
    harness = await openHarness(directory);
    expect(dirty('m')).toEqual([{ fromNs: 5n, toNs: 6n }]);
    expect(await rows('m')).toEqual([{ a: 2, time: '5' }]);
  });
});

describe('what is gone stays gone', () => {
  test('rows of a cleared table, buffered or logged', async () => {
    await write('m a=1 1');
    await harness.catalog.as(AUTHOR).clearTable(harness.table('m').id);
    await write('m a=2 2');
    expect((await rows('m')).map(({ a }) => a)).toEqual([2]);
    await harness.close();
    harness = await openHarness(directory);
    expect((await rows('m')).map(({ a }) => a)).toEqual([2]);
  });

  test('logged rows of a cleared table after a crash', async () => {
    await write('m a=1 1\nn a=1 1');
    await harness.catalog.as(AUTHOR).clearTable(harness.table('m').id);
    await write('m a=2 2');
    const crashed = `${directory}-crashed`;
    copyLive(directory, crashed);
    await harness.close();
    harness = await openHarness(crashed);
    try {
      expect((await rows('m')).map(({ a }) => a)).toEqual([2]);
      expect((await rows('n')).map(({ a }) => a)).toEqual([1]);
    } finally {
      await harness.close();
      rmSync(crashed, { recursive: true, force: true });
    }
  });

  test('rows of a deleted table do not come into a new one of its name', async () => {
    await write('m a=1 1');
    await harness.catalog.as(AUTHOR).deleteTable(harness.table('m').id, { kind: 'at', ms: 0 });
    await harness.catalog.removeDue(Date.now());
    await write('m a="text" 2');
    expect(await rows('m')).toEqual([{ a: 'text', time: '2' }]);
    expect(harness.ingest.statistics().bufferedRows).toBe(0);
  });
});

describe('an engine that fails', () => {
  const broken = (fault: { left: number; takesRows: boolean }) => (engine: Engine) =>
    new Proxy(engine, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (name !== 'insert') return member.bind(target);
        return async (...parameters: Parameters<Engine['insert']>) => {
          if (fault.left-- <= 0) return target.insert(...parameters);
          if (fault.takesRows) await target.insert(...parameters);
          throw new EngineError('internal', 'a fault of this test');
        };
      },
    });

  test.each([
    ['without having taken the rows', false],
    ['after it took the rows', true],
  ])('%s: readers are told, nothing is lost or seen twice', async (_name, takesRows) => {
    await harness.close();
    harness = await openHarness(directory, { retryAfterMs: 1 }, broken({ left: 2, takesRows }));
    await write('m,t=1 a=1 1\nm,t=2 a=2 2');
    expect((await refusal(rows('m'))).code).toBe(engineErrors.engineUnavailable.code);
    expect(harness.ingest.statistics().bufferedRows).toBe(2);
    await write('m,t=1 b=5 1');
    await rows('m').catch(() => undefined);
    const wanted = [
      { t: '1', a: 1, b: 5, time: '1' },
      { t: '2', a: 2, b: null, time: '2' },
    ];
    expect(await rows('m')).toEqual(wanted);
    await harness.clean();
    expect(await rows('m')).toEqual(wanted);
    expect(dirty('m')).toEqual([]);
  });

  test('keeps the log until it has the rows', async () => {
    await harness.close();
    harness = await openHarness(directory, {}, broken({ left: 1000, takesRows: false }));
    await write('m a=1 1');
    await refusal(harness.ingest.flush());
    await harness.close();
    harness = await openHarness(directory);
    expect(await rows('m')).toEqual([{ a: 1, time: '1' }]);
  });
});

describe('limits', () => {
  test('a full buffer makes writers wait, then refuses them; nothing acknowledged is lost', async () => {
    await harness.close();
    harness = await openHarness(directory, { bufferBytes: 1, roomWaitMs: 10_000 });
    await Promise.all(Array.from({ length: 30 }, (_, index) => write(`m,t=${index} a=1 1`)));
    expect(await rows('m')).toHaveLength(30);
    await harness.close();
    harness = await openHarness(directory, { bufferBytes: -1, roomWaitMs: 1 });
    const error = await refusal(write('m a=1 1'));
    expect(error.code).toBe(ingestErrors.writeOverloaded.code);
    expect(error.retryAfterSecs).toBe(1);
  });

  test('a large request is cut into chunks that all arrive', async () => {
    await harness.close();
    harness = await openHarness(directory, { chunkRows: 100 });
    const lines = Array.from(
      { length: 5000 },
      (_, index) => `m,t=${index % 7} a=${index}i,s="v${index}" ${index}`,
    );
    await write(lines.join('\n'));
    const stored = await rows('m');
    expect(stored).toHaveLength(5000);
    expect(stored.every(({ a, s, time }) => a === time && s === `v${a}`)).toBe(true);
  });

  test('after it was closed writes are refused', async () => {
    await harness.ingest.close();
    expect((await refusal(write('m a=1 1'))).code).toBe(ingestErrors.ingestClosed.code);
  });
});
