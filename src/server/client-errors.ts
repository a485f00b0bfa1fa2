/**
 * What is no whole request: it gets an error of the catalogue, and its connection ends. No handler ever sees the end
 * of such a request, so nothing of it is stored.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorReply } from '../api/reply.ts';
import { httpErrors, type SluiceError } from '../errors/index.ts';

export interface ClientErrorParts {
  readonly clusterUuid: string;
  /** Called once for each connection that ends this way. */
  readonly counted: (code: string) => void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Of a request, all together. */
export const HEADERS_BYTES = 64 * 1024;
/** Time for the sender to take its answer: closed at once, a connection with unread bytes would lose it. */
const LINGER_MS = 1000;

export class ClientErrors {
  private readonly parts: ClientErrorParts;
  /** The newest request of each connection. */
  private readonly newest = new WeakMap<object, Exchange>();
  /** The parser complains again about whatever else comes. */
  private readonly refused = new WeakSet<object>();

  constructor(parts: ClientErrorParts) {
    this.parts = parts;
  }

  /** True: the request may be handled; else it has its answer. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    this.newest.set(request.socket, { request, response });
    if (request.httpVersion !== '1.1' || request.headers.host !== undefined) return true;
    const error = httpErrors.malformedRequest('it has no Host header');
    this.parts.counted(error.code);
    const { status, headers, body } = this.reply(error);
    response.writeHead(status, headers);
    response.end(body);
    return false;
  }

  /** Takes the place of Node's own answers, which say nothing. */
  handle(failure: NodeJS.ErrnoException & { readonly reason?: string }, socket: Duplex): void {
    const error = catalogued(failure);
    if (error === null) socket.destroy(failure);
    else this.refuse(error, socket);
  }

  refuse(error: SluiceError, socket: Duplex): void {
    if (this.refused.has(socket)) return;
    this.refused.add(socket);
    this.parts.counted(error.code);
    const newest = this.newest.get(socket);
    if (newest?.request.complete && !newest.response.writableFinished) {
      // Answers come in the order of requests, and this one is to keep its own.
      newest.response.once('close', () => end(socket, this.bytes(error)));
    } else if (newest === undefined || newest.request.complete || !newest.response.headersSent) {
      end(socket, this.bytes(error));
    } else {
      // Whatever is written now would be taken for a part of the answer that is out or on its way.
      end(socket, '');
    }
  }

  private reply(error: SluiceError) {
    const { status, headers, body = '' } = errorReply(error);
    const text = String(body);
    return {
      status,
      headers: {
        ...headers,
        'content-length': String(Buffer.byteLength(text)),
        'cluster-uuid': this.parts.clusterUuid,
        connection: 'close',
      },
      body: text,
    };
  }

  private bytes(error: SluiceError): string {
    const { status, headers, body } = this.reply(error);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
  }
}

function end(socket: Duplex, bytes: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(bytes);
}

/** null: the connection is broken, nobody can be told. */
function catalogued({ code, reason }: NodeJS.ErrnoException & { readonly reason?: string }) {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return httpErrors.headersTooLarge(HEADERS_BYTES);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return httpErrors.requestTimeout();
    case 'HPE_INVALID_EOF_STATE':
      return httpErrors.malformedRequest('it ended before its end');
    case 'HPE_PAUSED_H2_UPGRADE':
      return httpErrors.malformedRequest('HTTP/2 is not spoken here, send HTTP/1.1');
    default:
      return code?.startsWith('HPE_') ? httpErrors.malformedRequest(reason ?? code) : null;
  }
}
