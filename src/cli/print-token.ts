/** Shows a new token's string, once (`auth.md` 12.1). */
import { styled, type Terminal } from './output.ts';

export function printNewToken(terminal: Terminal, format: 'text' | 'json', token: string): void {
  const header = `Authorization: Bearer ${token}`;
  if (format === 'json') {
    const help_msg = `Store this token securely, as it will not be shown again. HTTP requests require the following header: "${header}"`;
    terminal.out(JSON.stringify({ help_msg, token }, null, 2) + '\n');
    return;
  }
  const colour = terminal.outIsTerminal;
  terminal.out(
    `\n${styled(colour, 'New token created successfully!', 'underline')}\n\n` +
      `${styled(colour, 'Token:', 'bold')} ${token}\n` +
      `${styled(colour, 'HTTP Requests Header:', 'bold')} ${header}\n\n` +
      `${styled(colour, 'IMPORTANT:', 'red', 'bold')} Store this token securely, as it will not be shown again.\n\n`,
  );
}
