import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { StoredFiles } from './stored-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'stored-file-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function openFiles(): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(directory);
    } catch {
      return false;
    }
  }).length;
}

test('reads pieces, and more files than it keeps open', async () => {
  const files = new StoredFiles();
  const paths = Array.from({ length: 300 }, (_, i) => join(directory, `${i}`));
  for (const path of paths) writeFileSync(path, path);
  const pieces = await Promise.all(paths.map((path) => files.read(path, 1, path.length)));
  expect(pieces.map(String)).toEqual(paths.map((path) => path.slice(1)));
  await expect.poll(openFiles).toBeLessThanOrEqual(256);
  files.close();
  await expect.poll(openFiles).toBe(0);
});

test('closes what nobody reads any more: removed parts would keep their space', async () => {
  const files = new StoredFiles();
  const path = join(directory, 'idle');
  writeFileSync(path, 'text');
  await files.read(path, 0, 4);
  expect(openFiles()).toBe(1);
  await expect.poll(openFiles, { timeout: 10_000 }).toBe(0);
});

test('says when a file is not there or too short', async () => {
  const files = new StoredFiles();
  await expect(files.read(join(directory, 'none'), 0, 4)).rejects.toMatchObject({ code: 'ENOENT' });
  const path = join(directory, 'short');
  writeFileSync(path, 'text');
  await expect(files.read(path, 2, 5)).rejects.toThrow('shorter');
  files.close();
  await expect.poll(openFiles).toBe(0);
});
