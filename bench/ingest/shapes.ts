/**
 * Other shapes of writes into Sluice alone: 500 measurements interleaved, 100 000 series. Each on a fresh server,
 * compared with TSBS lines.
 */
import { load, processorSeconds, residentMegabytes, tsbsBatches } from './load.ts';
import { startSluice } from './peers.ts';

const BATCH_LINES = 5000;

/** The TSBS lines, their measurement renamed so that neighbours belong to different ones. */
function interleaved(lines: number, measurements: number): Buffer[] {
  let index = 0;
  return tsbsBatches(1000, lines / 1000, BATCH_LINES).map((batch) =>
    Buffer.from(
      batch.toString('latin1').replace(/^cpu,/gm, () => `cpu${index++ % measurements},`),
      'latin1',
    ),
  );
}

/** A table in Markdown. */
export async function measureShapes(lines: number): Promise<string> {
  const shapes: [string, () => Buffer[]][] = [
    ['TSBS, 1000 series, 1 measurement', () => tsbsBatches(1000, lines / 1000, BATCH_LINES)],
    ['the same over 500 measurements, interleaved', () => interleaved(lines, 500)],
    ['100 000 series', () => tsbsBatches(100_000, lines / 100_000, BATCH_LINES)],
  ];
  const rows = [
    '| Shape | lines/s | of the first | CPU s per 1 M lines | p99 ms | peak MB |',
    '|---|---|---|---|---|---|',
  ];
  let first: number | undefined;
  for (const [name, make] of shapes) {
    const server = await startSluice();
    try {
      const before = processorSeconds(server.pid);
      const result = await load(server.writeUrl, make(), 4);
      const processor = ((processorSeconds(server.pid) - before) / result.lines) * 1e6;
      const memory = residentMegabytes(server.pid);
      if (result.failures > 0) throw new Error(`${result.failures} writes failed`);
      first ??= result.linesPerSecond;
      const cells = [
        name,
        Math.round(result.linesPerSecond),
        (result.linesPerSecond / first).toFixed(2),
        processor.toFixed(2),
        result.p99Ms.toFixed(1),
        Math.round(memory),
      ];
      console.error(cells.join(', '));
      rows.push(`| ${cells.join(' | ')} |`);
    } finally {
      await server.stop();
    }
  }
  return rows.join('\n');
}
