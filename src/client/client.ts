/** A typed client of the HTTP API: the CLI, the tests and others use it. Knows nothing of the server's code. */
import http from 'node:http';
import https from 'node:https';

export interface ClientOptions {
  /** For example `http://127.0.0.1:8181`. */
  readonly host: string;
  readonly token?: string | undefined;
  /** PEM of an authority to trust. */
  readonly tlsCa?: string | undefined;
  readonly tlsNoVerify?: boolean | undefined;
}

export interface ClientRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ClientResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The server answered with a status outside 2xx. */
export class ServerError extends Error {
  readonly status: number;
  /** The text that the server gave: the JSON field `message`, else the whole body. */
  readonly serverMessage: string;

  constructor(response: ClientResponse) {
    const text = response.body.toString('utf8');
    const message = messageOf(text);
    super(`server responded with error [${response.status} ${response.reason}]: ${message}`);
    this.name = 'ServerError';
    this.status = response.status;
    this.serverMessage = message;
  }
}

/** The request could not be sent, or no answer came. */
export class ConnectionError extends Error {
  constructor(method: string, url: string, cause: unknown) {
    super(`failed to send ${method} ${url} request: ${causeChain(cause)}`, { cause });
    this.name = 'ConnectionError';
  }
}

export class Client {
  private readonly options: ClientOptions;
  private readonly agent: http.Agent;

  constructor(options: ClientOptions) {
    this.options = options;
    this.agent = options.host.startsWith('https:')
      ? new https.Agent({
          keepAlive: true,
          ...(options.tlsCa === undefined ? {} : { ca: options.tlsCa }),
          rejectUnauthorized: options.tlsNoVerify !== true,
        })
      : new http.Agent({ keepAlive: true });
  }

  /** Sends a request and reads the whole answer, whatever its status. */
  async send(request: ClientRequest): Promise<ClientResponse> {
    const url = new URL(this.options.host.replace(/\/+$/, '') + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const headers: Record<string, string> = { ...request.headers };
    if (this.options.token) headers.authorization = `Bearer ${this.options.token}`;
    let body = request.body;
    if (request.json !== undefined) {
      body = JSON.stringify(request.json);
      headers['content-type'] = 'application/json';
    }
    if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
    try {
      return await this.exchange(url, request.method, headers, body);
    } catch (error) {
      throw new ConnectionError(request.method, url.origin + url.pathname, error);
    }
  }

  /** Like `send`, but throws `ServerError` for an answer outside 2xx. */
  async request(request: ClientRequest): Promise<ClientResponse> {
    const response = await this.send(request);
    if (response.status < 200 || response.status > 299) throw new ServerError(response);
    return response;
  }

  /** Ends idle connections. */
  close(): void {
    this.agent.destroy();
  }

  private exchange(
    url: URL,
    method: string,
    headers: Record<string, string>,
    body: Uint8Array | string | undefined,
  ): Promise<ClientResponse> {
    const transport = url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const request = transport.request(url, { method, headers, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

function messageOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return text;
}

function causeChain(error: unknown): string {
  const parts: string[] = [];
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const inner = current instanceof AggregateError ? current.errors.map((e) => String(e.message ?? e)) : [];
    parts.push(current.message || inner.join('; ') || current.name);
  }
  return parts.join(': ');
}
