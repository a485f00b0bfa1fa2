import { CommandError } from './errors.ts';
import type { Terminal } from './output.ts';

/** Asks before something is deleted; anything but `yes` or `y` stops the command. */
export async function confirmDeletion(terminal: Terminal, what: string, assumeYes: boolean): Promise<void> {
  if (assumeYes) return;
  terminal.err(`Are you sure you want to delete ${what}? Enter 'yes' or 'y' to confirm\n`);
  const answer = (await terminal.readLine()).trim().toLowerCase();
  if (answer !== 'yes' && answer !== 'y') throw new CommandError('Cannot proceed without confirmation');
}
