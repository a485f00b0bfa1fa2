/** HTTP as a dashboard does it: connections stay open, answers are read to the end. */
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true });

export function exchange(url: string, method: string, body?: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const reply = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(reply);
        else reject(new Error(`${response.statusCode} ${reply.toString('utf8', 0, 500)}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

export const askSluice = (base: string, q: string, format = 'json') =>
  exchange(`${base}/api/v3/query_sql`, 'POST', JSON.stringify({ db: 'bench', q, format }));

/** Reads an answer without keeping it: ten million rows are a lot of text. */
export function drainSluice(base: string, q: string, format: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${base}/api/v3/query_sql`, { method: 'POST', agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        else if (response.complete) resolve(bytes);
        else reject(new Error('cut short'));
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(JSON.stringify({ db: 'bench', q, format }));
  });
}

/** The engine SQL of a query, as EXPLAIN shows it to an administrator. */
export async function printedSql(base: string, q: string): Promise<string> {
  const rows = JSON.parse((await askSluice(base, `EXPLAIN ${q}`)).toString('utf8')) as {
    plan_type: string;
    plan: string;
  }[];
  const row = rows.find(({ plan_type }) => plan_type.startsWith('engine'));
  if (row === undefined) throw new Error('EXPLAIN shows no engine SQL');
  return row.plan;
}

export const closeConnections = () => agent.destroy();
