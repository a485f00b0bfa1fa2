/** Where a command writes, as a parameter, so that tests can read it. Colour only on a terminal. */
export interface Terminal {
  out(text: string): void;
  outBytes(bytes: Uint8Array): void;
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  /** All of standard input. */
  readInput(): Promise<Buffer>;
  /** One line of standard input, without its end; '' at end of input. */
  readLine(): Promise<string>;
}

/** The process's own streams. */
export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  outBytes: (bytes) => void process.stdout.write(bytes),
  err: (text) => void process.stderr.write(text),
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  inIsTerminal: process.stdin.isTTY === true,
  async readInput() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  },
  readLine() {
    return new Promise((resolve) => {
      let text = '';
      const finish = (line: string) => {
        process.stdin.off('data', onData).off('end', onEnd).pause();
        resolve(line);
      };
      const onData = (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const end = text.indexOf('\n');
        if (end >= 0) finish(text.slice(0, end));
      };
      const onEnd = () => finish(text);
      process.stdin.on('data', onData).on('end', onEnd);
    });
  },
};

export type Style = 'bold' | 'underline' | 'red';

const CODES: Record<Style, readonly [number, number]> = { bold: [1, 22], underline: [4, 24], red: [31, 39] };

/** Wraps text in terminal styles, or leaves it alone when there is no terminal. */
export function styled(enabled: boolean, text: string, ...styles: readonly Style[]): string {
  if (!enabled) return text;
  return styles.reduce(
    (inner, style) => `\u001b[${CODES[style][0]}m${inner}\u001b[${CODES[style][1]}m`,
    text,
  );
}
