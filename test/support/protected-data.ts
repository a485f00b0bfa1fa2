/** A server with data that some tokens must never see, every value of it recognisable in an answer. */
import { expect } from 'vitest';
import { startTestServer, type TestServer } from './server.ts';

/** Found in a reply, each of these is a leak. Numbers are chosen so that no sum or time holds them by chance. */
export const HIDDEN_TABLE_MARKS = ['VAULTNOTE', '7770001', '7770002'];
export const HIDDEN_ROW_MARKS = ['USNOTE', '6660001', '6660002'];

export interface ProtectedServer {
  readonly server: TestServer;
  readonly operator: string;
  /** `db:plant/cpu:read`. */
  readonly table: string;
  /** `db:plant/cpu[region=eu]:read`. */
  readonly row: string;
  /** `db:other:read,write`. */
  readonly other: string;
  /** `db:plant:write`. */
  readonly writer: string;
  /** `system:health:read`. */
  readonly probe: string;
  readonly tokens: readonly string[];
}

/**
 * `plant.cpu`: rows of region `eu` (code never 0, note always digits) and of `us` (code 0, note a mark);
 * `plant.vault`: all marks; `other.cpu`; `copy.cpu`: only the rows of `plant.cpu` that `row` may read.
 */
export async function startProtectedServer(args: string[] = []): Promise<ProtectedServer> {
  const server = await startTestServer({ args: ['--auth-failure-limit', '0', ...args] });
  const created = await fetch(`${server.url}/api/v3/configure/token/admin`, { method: 'POST' });
  expect(created.status).toBe(201);
  const operator = ((await created.json()) as { token: string }).token;
  const send = (path: string, body: string, type = 'application/json') =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': type },
      body,
    });
  for (const db of ['plant', 'other', 'copy']) {
    expect((await send('/api/v3/configure/database', JSON.stringify({ db }))).status).toBe(200);
  }
  const lines = {
    plant: [
      'cpu,region=eu value=1.5,code=2i,note="11" 1735689600000000000',
      'cpu,region=eu value=2.5,code=4i,note="12" 1735689660000000000',
      'cpu,region=us value=6660001,code=0i,note="USNOTE1" 1735689720000000000',
      'cpu,region=us value=6660002,code=0i,note="USNOTE2" 1735689780000000000',
      'vault,region=eu value=7770001,code=0i,note="VAULTNOTE1" 1735689600000000000',
      'vault,region=us value=7770002,code=0i,note="VAULTNOTE2" 1735689660000000000',
    ],
    other: ['cpu,region=eu value=1,code=1i,note="1" 1735689600000000000'],
  };
  const permitted = lines.plant.filter((line) => line.startsWith('cpu,region=eu'));
  for (const [db, text] of Object.entries({ ...lines, copy: permitted })) {
    const written = await send(`/api/v3/write_lp?db=${db}`, text.join('\n'), 'text/plain');
    expect(written.status).toBe(204);
  }
  const token = async (name: string, permission: string) => {
    const [, type, names, actions] = /^(\w+):(.*):([\w,]+)$/.exec(permission)!;
    const body = {
      token_name: name,
      permissions: [{ resource_type: type, resource_names: [names], actions: actions!.split(',') }],
    };
    const response = await send('/api/v3/enterprise/configure/token', JSON.stringify(body));
    expect(response.status, await response.clone().text()).toBe(201);
    return ((await response.json()) as { token: string }).token;
  };
  const tokens = {
    table: await token('table', 'db:plant/cpu:read'),
    row: await token('row', 'db:plant/cpu[region=eu]:read'),
    other: await token('other', 'db:other:read,write'),
    writer: await token('writer', 'db:plant:write'),
    probe: await token('probe', 'system:health:read'),
  };
  return { server, operator, ...tokens, tokens: [operator, ...Object.values(tokens)] };
}
