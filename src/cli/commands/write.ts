import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type CommonOptions,
  createClient,
  databaseOption,
  parseCount,
  withConnection,
} from '../common-options.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Terminal } from '../output.ts';

interface WriteOptions extends CommonOptions {
  readonly database: string;
  readonly file?: string;
  readonly precision?: string;
  readonly acceptPartial?: boolean;
  readonly sync: boolean;
  readonly gzip?: boolean;
  readonly maxRequestSize: number;
  readonly maxConcurrentRequests: number;
  readonly quiet?: boolean;
  readonly writeHost?: string;
}

const PRECISIONS: Record<string, string> = {
  auto: 'auto',
  ns: 'nanosecond',
  us: 'microsecond',
  ms: 'millisecond',
  s: 'second',
  nanosecond: 'nanosecond',
  microsecond: 'microsecond',
  millisecond: 'millisecond',
  second: 'second',
};

export function addWrite(program: Command, terminal: Terminal): void {
  withConnection(program.command('write').alias('w'))
    .description('Write line protocol to a running server')
    .argument('[LINE_PROTOCOL...]', 'the lines; else --file, else standard input')
    .addOption(databaseOption())
    .option('-f, --file <FILE>', 'a file of line protocol')
    .option('-p, --precision <PRECISION>', 'precision of the timestamps: auto, ns, us, ms, s', parsePrecision)
    .option('--accept-partial', 'write the good lines when others are bad')
    .option('--no-sync', 'do not wait until the write is on disk')
    .option('--gzip', 'compress the requests')
    .addOption(
      new Option('--max-request-size <BYTES>', 'split larger input into several requests')
        .argParser(parseCount)
        .default(10_485_760),
    )
    .addOption(
      new Option('--max-concurrent-requests <N>', 'requests at the same time')
        .argParser(parseCount)
        .default(32),
    )
    .option('-q, --quiet', 'no report')
    .addOption(new Option('--write-host <URL>', 'overrides --host').env('INFLUXDB3_WRITE_HOST_URL'))
    .action(async (lines: string[], options: WriteOptions) => {
      const input = await writeInput(terminal, lines, options.file);
      const client = createClient({ ...options, host: options.writeHost ?? options.host });
      const pieces = splitAtNewlines(input, options.maxRequestSize);
      const query = {
        db: options.database,
        precision: options.precision,
        accept_partial: options.acceptPartial ? 'true' : undefined,
        no_sync: options.sync ? undefined : 'true',
      };
      const started = performance.now();
      let next = 0;
      const send = async () => {
        for (let index = next++; index < pieces.length; index = next++) {
          const piece = pieces[index]!;
          await client.request({
            method: 'POST',
            path: '/api/v3/write_lp',
            query,
            body: options.gzip ? await promisify(gzip)(piece) : piece,
            headers: options.gzip ? { 'content-encoding': 'gzip' } : {},
          });
        }
      };
      await Promise.all(Array.from({ length: Math.max(1, options.maxConcurrentRequests) }, send));
      client.close();
      if (!options.quiet) terminal.err(report(input, pieces.length, performance.now() - started) + '\n');
    });
}

function parsePrecision(value: string): string {
  const precision = PRECISIONS[value];
  if (precision === undefined) throw new InvalidArgumentError(`unrecognized precision unit: ${value}`);
  return precision;
}

async function writeInput(terminal: Terminal, lines: string[], file: string | undefined): Promise<Buffer> {
  if (lines.length > 1) {
    throw new UsageError(
      'ensure that a single protocol line string is provided as the final argument, enclosed in quotes',
    );
  }
  if (lines[0] !== undefined) return Buffer.from(lines[0]);
  if (file !== undefined) {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new CommandError(`error reading file: ${(error as Error).message}`);
    }
  }
  if (terminal.inIsTerminal) {
    throw new CommandError(
      'No input from stdin detected, no string was passed in, and no file path was given',
    );
  }
  return terminal.readInput();
}

/** Cuts at line ends so that each piece fits; a single longer line is sent alone and the server decides. */
export function splitAtNewlines(input: Buffer, limitBytes: number): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  while (start < input.length) {
    let end = input.length;
    if (end - start > limitBytes) {
      const cut = input.lastIndexOf(10, start + limitBytes - 1);
      const after = cut < start ? input.indexOf(10, start + limitBytes) : cut;
      if (after >= 0) end = after + 1;
    }
    pieces.push(input.subarray(start, end));
    start = end;
  }
  return pieces;
}

function report(input: Buffer, requests: number, elapsedMs: number): string {
  if (requests === 0) return 'no data written';
  let lines = 0;
  for (let at = input.indexOf(10); at >= 0; at = input.indexOf(10, at + 1)) lines++;
  if (input.at(-1) !== 10) lines++;
  const seconds = Math.max(elapsedMs, 1e-3) / 1000;
  const elapsed = elapsedMs < 1000 ? `${Math.round(elapsedMs)}ms` : `${seconds.toFixed(2)}s`;
  return (
    `  ${elapsed}: ${requests} ${requests === 1 ? 'request' : 'requests'} (${(requests / seconds).toFixed(2)} requests/sec), ` +
    `${lines} lines (${Math.round(lines / seconds)} lines/s), ${mebibytes(input.length)} (${mebibytes(input.length / seconds)}/s)`
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(2)}MiB`;
}
