import { readFile, stat } from 'node:fs/promises';

/** The disk as a parameter. */
export interface TokenFileAccess {
  /** Permission bits and type, as `stat` gives them. */
  mode(path: string): Promise<number>;
  read(path: string): Promise<string>;
}

/** The machine's disk. */
export const diskFileAccess: TokenFileAccess = {
  mode: async (path) => (await stat(path)).mode,
  read: (path) => readFile(path, 'utf8'),
};
