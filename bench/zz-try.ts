import { readFileSync } from 'node:fs';
import { startTestServer } from '../test/support/server.ts';
const server = await startTestServer({ args: ['--without-auth'] });
const post = async (path: string, body: string, type: string) => {
  const r = await fetch(server.url + path, { method: 'POST', headers: { 'content-type': type }, body });
  return [r.status, await r.text()] as const;
};
await post('/api/v3/configure/database', JSON.stringify({ db: 'd' }), 'application/json');
await post(
  '/api/v3/write_lp?db=d&precision=second',
  `m,k=a x=1i,y=2,s="p",b=true,u=5u 0
m,k=a x=3i,y=4,s="q",b=false,u=7u 1
m,k=a x=5i,y=9,s="p",b=true 2
m,k=b x=4i,y=1.5,s="r",b=false,u=1u 3
m,k=b y=2.5 4
m,k=c s="z" 5`,
  'text/plain',
);
await post(
  '/api/v3/write_lp?db=d&precision=second',
  `o,j=a w=1i 0
o,j=a w=3i 10
o,j=b w=7i 20
o,j=d w=9i 30`,
  'text/plain',
);
for (const q of readFileSync(0, 'utf8').split(/;\s*\n/)) {
  if (q.trim() === '') continue;
  const [status, text] = await post(
    '/api/v3/query_sql',
    JSON.stringify({ db: 'd', q, format: 'json' }),
    'application/json',
  );
  console.log(`> ${q.trim()}\n   ${status === 200 ? '' : status + ' '}${text.trim().slice(0, 9000)}`);
}
await server.stop();
process.exit(0);
