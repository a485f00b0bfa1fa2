import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('counters of the parts grow by what was added since the last scrape', async () => {
  const metrics = createMetrics({ version: '1', uuid: 'u' });
  const figures = {
    walBytes: 10,
    walSegments: 1,
    walFsyncs: 3,
    walFsyncSeconds: 0.5,
    bufferedRows: 7,
    bufferedBytes: 70,
    flushes: 2,
    flushFailures: 0,
    flushedRows: 100,
    flushSeconds: 0.25,
  };
  const narrowReads = () => ({ answered: 5, leftToEngine: 6 });
  metrics.attach({ ingest: () => figures, narrowReads, tokens: () => 4, databases: () => 2 });
  expect(await metrics.text()).toMatch(/^sluice_wal_fsyncs_total 3$/m);
  figures.walFsyncs = 5;
  figures.bufferedRows = 1;
  const text = await metrics.text();
  expect(text).toMatch(/^sluice_wal_fsyncs_total 5$/m);
  expect(text).toMatch(/^sluice_flushed_rows_total 100$/m);
  expect(text).toMatch(/^sluice_buffered_rows 1$/m);
  expect(text.endsWith('# EOF\n')).toBe(true);
});
