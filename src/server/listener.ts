/** A TCP listener for HTTP/1.1, with or without TLS. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serverErrors } from '../errors/index.ts';
import type { ListenerConfig, TlsConfig } from './config.ts';

export interface Listener {
  /** `HOST:PORT` as bound. */
  readonly address: string;
  readonly url: string;
  /** Takes no more connections; resolves when the last request is answered, or after the time by force. */
  stop(timeoutMs: number): Promise<void>;
}

const HEADERS_BYTES = 64 * 1024;
const HEADERS_TIMEOUT_MS = 30_000;
/** Time for a whole request; a slow sender holds a connection no longer. */
const REQUEST_TIMEOUT_MS = 300_000;
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const SWEEP_EVERY_MS = 20;

export async function listen(
  config: ListenerConfig,
  tls: TlsConfig | null,
  onRequest: RequestListener,
): Promise<Listener> {
  const options = {
    maxHeaderSize: HEADERS_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  };
  const server: Server =
    tls === null
      ? createServer(options, onRequest)
      : createTlsServer({ ...options, ...readTls(tls) }, onRequest);
  const { host, port } = config.bind;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(serverErrors.cannotListen(`${host}:${port}`, error.message)));
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  const address =
    bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
  if (config.addressFile !== null) writeWhole(config.addressFile, address);
  return {
    address,
    url: `${tls === null ? 'http' : 'https'}://${address}`,
    stop: (timeoutMs) => stop(server, timeoutMs),
  };
}

function readTls({ certificateFile, keyFile, minimumVersion }: TlsConfig) {
  try {
    return { cert: readFileSync(certificateFile), key: readFileSync(keyFile), minVersion: minimumVersion };
  } catch (error) {
    throw serverErrors.cannotReadTls((error as Error).message);
  }
}

/** A reader of the file sees nothing or the whole address. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

async function stop(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose request is answered only now would be kept alive, and the stop would wait for it.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_EVERY_MS);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
  clearInterval(sweep);
  server.closeAllConnections();
  await closed;
}
