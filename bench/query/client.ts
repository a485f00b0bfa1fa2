/** HTTP as a dashboard does it: connections stay open, answers are read to the end. */
import http from 'node:http';
import { connect } from 'node:net';

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

const LAST_CHUNK = '0\r\n\r\n';

/**
 * Reads an answer without keeping it, from the bare connection into memory that is used again: what the reader computes
 * is taken from the server, which has the same processors. The number of bytes on the wire.
 */
export function drainSluice(base: string, q: string, format: string): Promise<number> {
  const { hostname, port } = new URL(base);
  const body = JSON.stringify({ db: 'bench', q, format });
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let status = '';
    let end = '';
    const callback = (length: number, buffer: Uint8Array): boolean => {
      const read = Buffer.from(buffer.buffer, buffer.byteOffset, length);
      if (bytes === 0) status = read.toString('latin1', 9, 12);
      end = (end + read.toString('latin1', Math.max(0, length - LAST_CHUNK.length))).slice(
        -LAST_CHUNK.length,
      );
      bytes += length;
      return true;
    };
    const socket = connect({
      host: hostname,
      port: Number(port),
      onread: { buffer: Buffer.alloc(2 ** 18), callback },
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (status !== '200') reject(new Error(`status ${status}`));
      else if (end === LAST_CHUNK) resolve(bytes);
      else reject(new Error('cut short'));
    });
    const length = Buffer.byteLength(body);
    socket.write(
      `POST /api/v3/query_sql HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${body}`,
    );
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
