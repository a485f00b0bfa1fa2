import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type IngestHarness, openHarness } from '../../test/support/ingest.ts';

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

const write = (body: string) => harness.write(body);
const rows = (table: string) => harness.rows(table);

describe('a write', () => {
  test('makes the table and its columns, and is seen by the next read', async () => {
    expect(await write('m,host=a f=1.5,i=2i,u=3u,s="x y",b=t 10\nm,host=b f=2 11')).toEqual({
      linesWritten: 2,
      bytes: 55,
      errors: [],
    });
    expect(await rows('m')).toEqual([
      { host: 'a', time: '10', f: 1.5, i: '2', u: '3', s: 'x y', b: true },
      { host: 'b', time: '11', f: 2, i: null, u: null, s: null, b: null },
    ]);
  });
});
