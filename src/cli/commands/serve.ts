import type { Command } from 'commander';
import { ExitError } from '../errors.ts';

/** `serve` reads its own options: they are many, and the server knows them best. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Run the server (serve --help for its options)')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[ARGS...]')
    .action((_args: string[], _options: object, command: Command) => runServe(command.args));
}

/** Loads the server only when it is asked for: the other commands stay quick to start. */
export async function runServe(args: readonly string[]): Promise<void> {
  const { serve } = await import('../../server/serve.ts');
  const exitCode = await serve(args, process.env);
  throw new ExitError(exitCode);
}
