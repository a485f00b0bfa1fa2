/** A copy of a running server's data directory: what a killed process leaves. */
import { copyFileSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The engine's own threads rename parts while they are copied: such a copy begins again. */
export function copyLive(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      copyDirectory(from, to);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 20) throw error;
      rmSync(to, { recursive: true, force: true });
    }
  }
}

/** `cpSync` ends the process when a directory vanishes under it. */
function copyDirectory(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyDirectory(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else copyFileSync(source, target);
  }
}
