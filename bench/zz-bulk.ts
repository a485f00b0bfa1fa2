import { readFileSync, writeFileSync } from 'node:fs';
import { startTestServer } from '../test/support/server.ts';
const server = await startTestServer({ args: ['--without-auth'] });
await fetch(server.url + '/api/v3/configure/database', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ db: 'd' }),
});
const items = JSON.parse(readFileSync('/tmp/bulk.json', 'utf8'));
for (const item of items) {
  const r = await fetch(server.url + '/api/v3/query_sql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ db: 'd', q: item.sql, format: 'pretty' }),
  });
  const text = (await r.text()).trim();
  item.us = r.status === 200 ? text : `ERR ${r.status} ${text}`;
}
writeFileSync('/tmp/bulk-us.json', JSON.stringify(items));
await server.stop();
process.exit(0);
