/** A TCP listener for HTTP/1.1, with or without TLS. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { httpErrors, serverErrors } from '../errors/index.ts';
import { type ClientErrors, HEADERS_BYTES } from './client-errors.ts';
import type { ListenerConfig, TlsConfig } from './config.ts';

export interface Listener {
  /** `HOST:PORT` as bound. */
  readonly address: string;
  readonly url: string;
  /** Takes no more connections; resolves when the last request is answered, or after the time by force. */
  stop(timeoutMs: number): Promise<void>;
}

export interface ListenerTimes {
  readonly headersTimeout: number;
  /** For a whole request; a slow sender holds a connection no longer. */
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
}

const TIMES_MS: ListenerTimes = {
  headersTimeout: 30_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 15_000,
};
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const SWEEP_EVERY_MS = 20;

export async function listen(
  config: ListenerConfig,
  tls: TlsConfig | null,
  onRequest: RequestListener,
  clientErrors: ClientErrors,
  timesMs = TIMES_MS,
): Promise<Listener> {
  const options = {
    ...timesMs,
    maxHeaderSize: HEADERS_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // `clientErrors` looks at it: Node's answer has no body.
    requireHostHeader: false,
  };
  const serve: RequestListener = (request, response) => {
    if (clientErrors.admit(request, response)) onRequest(request, response);
  };
  const server: Server =
    tls === null ? createServer(options, serve) : createTlsServer({ ...options, ...readTls(tls) }, serve);
  server.on('checkExpectation', serve);
  server.on('clientError', (error, socket) => clientErrors.handle(error, socket));
  server.on('connect', (_request, socket) =>
    clientErrors.refuse(httpErrors.malformedRequest('CONNECT is for proxies'), socket),
  );
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
