/** What tests leave in the directory for temporary files goes when all have ended. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-tests-'));
  // The processes of the tests, and those that they start, inherit it.
  process.env.TMPDIR = directory;
  return () => {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      console.warn(`${directory} could not be removed: ${String(error)}`);
    }
  };
}
