/** How a command ends when it cannot do what was asked. */

/** Wrong words on the command line: text on stderr, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The command failed: `<Word> command failed: <message>` on stderr, exit code 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** The whole text is already said; only the exit code is left. */
export class ExitError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.name = 'ExitError';
    this.exitCode = exitCode;
  }
}
