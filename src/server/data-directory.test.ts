import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDataDirectory } from './data-directory.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'sluice-lock-'));

test('a second holder is refused and told who the first is; a freed directory can be taken', () => {
  const path = fresh();
  const free = lockDataDirectory(path);
  expect(() => lockDataDirectory(path)).toThrow(new RegExp(`${process.pid}`));
  free();
  lockDataDirectory(path)();
});

test('a holder that was killed holds nothing', async () => {
  const path = fresh();
  const module = new URL('./data-directory.ts', import.meta.url).href;
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { lockDataDirectory } = await import(${JSON.stringify(module)});
     lockDataDirectory(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000);`,
  ]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(() => lockDataDirectory(path)).toThrow(/in use/);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
  lockDataDirectory(path)();
});

test('another process that was given the same id does not count', () => {
  const path = fresh();
  // This process's id with another start time; and an id that is gone.
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  for (const stale of [`${process.pid} 1`, `${gone} 5`, '', 'nonsense']) {
    writeFileSync(join(path, 'lock'), stale);
    lockDataDirectory(path)();
  }
});
