/** Runs a query-like request and puts its body where the user wants it. */
import { writeFileSync } from 'node:fs';
import type { ClientResponse } from '../client/client.ts';
import { CommandError } from './errors.ts';
import type { Terminal } from './output.ts';

export interface OutputOptions {
  readonly format: string;
  readonly output?: string;
}

/** Refuses before the request is sent: binary bytes would wreck a terminal. */
export function checkOutput(terminal: Terminal, options: OutputOptions): void {
  if (options.format === 'parquet' && options.output === undefined && terminal.outIsTerminal) {
    throw new CommandError('cannot write parquet to a terminal, use `--output <file>` or pipe the output');
  }
}

export function writeResult(terminal: Terminal, options: OutputOptions, response: ClientResponse): void {
  if (options.output !== undefined) {
    writeFileSync(options.output, response.body);
  } else if (options.format === 'parquet') {
    terminal.outBytes(response.body);
  } else {
    terminal.out(response.body.toString('utf8') + '\n');
  }
}
