/** kill -9 in the middle of token changes: each is there whole with its audit row, or not at all. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openTokenStore } from '../../test/support/token-store.ts';
import { hashToken } from '../auth/token-string.ts';

const store = pathToFileURL(join(import.meta.dirname, '../../test/support/token-store.ts')).href;

/**
 * For ever: makes a parent, a child and a grandchild, rotates the parent, edits the child, deletes the parent (or
 * not). Prints a line before (`?`) and after (`!`) each change, with the strings, which only this test sees.
 */
const CHILD = `
import { writeSync } from 'node:fs';
import { ANYONE, openTokenStore } from ${JSON.stringify(store)};
const { service, caller, catalog } = await openTokenStore(process.argv[2]);
const round = process.argv[3];
async function step(line, run) {
  writeSync(1, '?' + JSON.stringify(line) + '\\n');
  const made = await run();
  writeSync(1, '!' + JSON.stringify({ ...line, token: made?.token }) + '\\n');
  return made;
}
const permissions = ['db:*:read', 'db:*:write'];
const input = (name) => ({ name, permissions, expirySecs: null, derive: true });
async function lane(number) {
  for (let n = 0; ; n++) {
    const base = round + '-' + number + '-' + n;
    const [p, c, g] = ['p', 'c', 'g'].map((kind) => kind + base);
    const parent = await step({ do: 'create', name: p }, () => service.createResourceToken(ANYONE, input(p)));
    const child = await step({ do: 'derive', name: c }, () => service.derive(caller(parent.token), input(c)));
    await step({ do: 'derive', name: g }, () => service.derive(caller(child.token), input(g)));
    await step({ do: 'rotate', name: p }, () => service.rotate(ANYONE, p, 3600));
    await step({ do: 'update', name: c }, () => service.update(ANYONE, c, { permissions: ['db:*:read'], description: 'narrowed' }).then(() => undefined));
    if (n % 2 === 0) await step({ do: 'delete', name: p }, () => service.delete(ANYONE, p));
  }
}
for (let number = 0; number < 6; number++) void lane(number);
`;

interface Line {
  readonly do: 'create' | 'derive' | 'rotate' | 'update' | 'delete';
  readonly name: string;
  readonly token?: string;
}

async function killAfter(script: string, path: string, round: number, changes: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    if (output.split('\n').length > changes) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return output.split('\n').slice(0, -1);
}

test('[S4] after kill -9 each change is whole with its audit row, or has not happened', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'token-crash-'));
  const path = join(directory, 'catalog.db');
  const script = join(directory, 'child.mts');
  writeFileSync(script, CHILD);
  const lines: string[] = [];
  for (let round = 0; round < 3; round++)
    lines.push(...(await killAfter(script, path, round, 150 + 350 * round)));
  const parse = (sign: string) =>
    lines.filter((line) => line.startsWith(sign)).map((line) => JSON.parse(line.slice(1)) as Line);
  const asked = parse('?');
  const answered = parse('!');
  expect(answered.length).toBeGreaterThan(500);
  const { catalog, authenticator } = await openTokenStore(path);

  const has = (list: readonly Line[], what: Line['do'], name: string) =>
    list.some((line) => line.do === what && line.name === name);
  // Grandchild, child and parent have one base name; a deletion of the parent is one of all three.
  const parentName = (name: string) => `p${name.slice(1)}`;
  for (const { do: what, name, token } of answered) {
    const record = catalog.tokenByName(name);
    const isAskedDeleted = has(asked, 'delete', parentName(name));
    if (has(answered, 'delete', parentName(name))) expect(record).toBeUndefined();
    else if (!isAskedDeleted) expect(record).toBeDefined();
    if (record === undefined) continue;
    if (what === 'update')
      expect(record).toMatchObject({ description: 'narrowed', permissions: [{ actions: ['read'] }] });
    if (token === undefined) continue;
    expect(authenticator.authenticate(token).ok).toBe(true);
    if (what === 'rotate') expect(record.hash.equals(hashToken(token))).toBe(true);
  }
  for (const record of catalog.tokens()) {
    expect(has(asked, 'create', record.name) || has(asked, 'derive', record.name)).toBe(true);
    // Never half of an edit, never a child without its parent.
    const isNarrowed = record.permissions.length === 1;
    expect(record.description).toBe(isNarrowed ? 'narrowed' : null);
    if (record.parentId !== null) expect(catalog.tokenById(record.parentId)).toBeDefined();
  }
  for (const { name } of asked.filter((line) => line.do === 'delete')) {
    const family = ['p', 'c', 'g'].map((kind) => catalog.tokenByName(kind + name.slice(1)) !== undefined);
    expect(new Set(family).size).toBe(1);
  }

  expect(await catalog.audit.verify()).toMatchObject({ ok: true });
  const rows = catalog.audit.read({});
  const audited = (action: string, name: string) =>
    rows.some((row) => row.action === action && row.resource === `token:${name}`);
  for (const { do: what, name } of answered)
    expect([what, name, audited(`token.${what}`, name)]).toEqual([what, name, true]);
  for (const row of rows.filter(({ action }) => action === 'token.delete')) {
    expect(catalog.tokenByName(row.resource.slice('token:'.length))).toBeUndefined();
  }
  await catalog.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);
