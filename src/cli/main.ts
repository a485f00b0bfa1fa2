#!/usr/bin/env node
/** Entry point of `influxdb3` and `sluice`. */
import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { runServe } from './commands/serve.ts';
import { ExitError, UsageError } from './errors.ts';
import { processTerminal, type Terminal } from './output.ts';
import { buildProgram } from './program.ts';

/** Runs one command line and gives the process's exit code. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  if (!loadEnvironmentFile(terminal)) return 1;
  try {
    if (args.length === 0) await runServe([]);
    else await buildProgram(terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, args, terminal);
  }
}

/** A `.env` file in the working directory is read first; what the environment has already wins. */
function loadEnvironmentFile(terminal: Terminal): boolean {
  if (!existsSync('.env')) return true;
  try {
    process.loadEnvFile('.env');
    return true;
  } catch (error) {
    terminal.err(`FATAL Error loading config from: .env: ${(error as Error).message}\nAborting\n`);
    return false;
  }
}

function report(error: unknown, args: readonly string[], terminal: Terminal): number {
  if (error instanceof ExitError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    terminal.err(`error: ${message}\n\nFor more information, try '--help'.\n`);
    return 2;
  }
  if (error instanceof Error && error.name === 'TokenCreationFailed') {
    terminal.err(`Failed to create token, error: ${message}\n`);
    return 1;
  }
  terminal.err(`${commandWord(args, terminal)} command failed: ${message}\n`);
  return 1;
}

function commandWord(args: readonly string[], terminal: Terminal): string {
  const { commands } = buildProgram(terminal);
  // Options before the command may have values.
  const named = args.flatMap((argument) =>
    commands.filter((command) => command.name() === argument || command.aliases().includes(argument)),
  );
  const command = named[0]?.name() ?? 'serve';
  return command.charAt(0).toUpperCase() + command.slice(1);
}

// Setting the code instead of calling exit lets pending output reach its reader.
process.exitCode = await main(process.argv.slice(2), processTerminal);
