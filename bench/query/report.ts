/** What was measured, as tables in Markdown on standard output. */
import type { FormatTiming } from './formats.ts';
import type { Timing } from './measure.ts';
import { printTable } from './table.ts';
import type { TranslationTiming } from './translation.ts';

export function printQueries(
  rows: number,
  runs: number,
  queries: ReadonlyMap<string, ReadonlyMap<string, Timing>>,
): void {
  const milliseconds = (timing: Timing | undefined) =>
    timing === undefined ? '' : `${timing.p50Ms.toFixed(2)} / ${timing.p99Ms.toFixed(2)}`;
  const ratio = (of: Timing | undefined, to: Timing | undefined) =>
    of === undefined || to === undefined ? '' : (of.p50Ms / to.p50Ms).toFixed(2);
  console.log(`\n${rows} rows, up to ${runs} runs; p50 / p99 in ms; "over" is beyond 1.2 times the engine\n`);
  printTable(
    [
      'Query',
      'Sluice',
      'CPU ms',
      'engine, our SQL',
      'S / e',
      'over',
      'engine, by hand',
      'InfluxDB 1.x',
      'i / S',
      'VictoriaMetrics',
      'v / S',
    ],
    [...queries].map(([name, columns]) => {
      const [ours, alone] = [columns.get('sluice'), columns.get('engine')];
      return [
        name,
        milliseconds(ours),
        ours?.processorMs.toFixed(1) ?? '',
        milliseconds(alone),
        ratio(ours, alone),
        ours && alone ? (ours.p50Ms - 1.2 * alone.p50Ms).toFixed(2) : '',
        milliseconds(columns.get('byHand')),
        milliseconds(columns.get('influx')),
        ratio(columns.get('influx'), ours),
        milliseconds(columns.get('victoria')),
        ratio(columns.get('victoria'), ours),
      ];
    }),
  );
}

export function printFormats(
  title: string,
  rows: number,
  isPrettyBounded: boolean,
  formats: ReadonlyMap<string, FormatTiming>,
): void {
  console.log(
    `\nAll ${rows} rows of ${title}; pretty, which keeps its rows, ${isPrettyBounded ? 'refuses' : 'DOES NOT refuse'}\n`,
  );
  printTable(
    ['Format', 'rows/s', 'engine alone', 'share', 'CPU s per 1 M rows', 'MB above idle'],
    [...formats].map(([format, { seconds, engineSeconds, processorSeconds, megabytesAboveIdle }]) => [
      format,
      (rows / seconds).toFixed(0),
      (rows / engineSeconds).toFixed(0),
      (engineSeconds / seconds).toFixed(2),
      ((processorSeconds * 1e6) / rows).toFixed(2),
      megabytesAboveIdle.toFixed(0),
    ]),
  );
}

export function printTranslation(queries: readonly TranslationTiming[]): void {
  console.log('\nTranslation of texts that were not seen before, warm\n');
  const digits = ({ p50Ms, p99Ms, processorMs }: Timing) =>
    [p50Ms, p99Ms, processorMs].map((ms) => ms.toFixed(3));
  printTable(
    ['Query', 'planned p50 ms', 'p99', 'CPU ms', 'and printed p50 ms', 'p99', 'CPU ms'],
    queries.map(({ name, planned, printed }) => [name, ...digits(planned), ...digits(printed)]),
  );
}
