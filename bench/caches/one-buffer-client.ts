/**
 * HTTP over one connection that reads everything into one buffer. `node:http` makes a new buffer for every piece: of
 * answers of some megabytes the client's own collections were most of the time (p99 of 100 000 distinct values: 17 to
 * 20 ms, against 6 to 8).
 */
import net from 'node:net';

const BUFFER_BYTES = 1024 * 1024;
const HEAD_END = '\r\n\r\n';
const BODY_END = Buffer.from('0\r\n\r\n');

export class OneBufferClient {
  private readonly socket: net.Socket;
  private readonly host: string;
  private answer: { resolve(bytes: number): void; reject(error: Error): void } | undefined;
  private head = '';
  /** Of the body, with the frames of its chunks. */
  private bodyBytes = 0;
  /** Absent: the answer comes in chunks. */
  private contentLength: number | undefined;
  private tail: Buffer = Buffer.alloc(0);

  private constructor(url: URL) {
    this.host = url.host;
    const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    this.socket = net.connect({
      host: url.hostname,
      port: Number(url.port),
      onread: {
        buffer,
        callback: (bytes) => {
          this.received(buffer.subarray(0, bytes));
          return true;
        },
      },
    });
    this.socket.on('error', (error) => this.answer?.reject(error));
    this.socket.on('close', () => this.answer?.reject(new Error('the server closed the connection')));
  }

  static connect(origin: string): Promise<OneBufferClient> {
    const client = new OneBufferClient(new URL(origin));
    return new Promise((resolve, reject) => {
      client.socket.once('connect', () => resolve(client)).once('error', reject);
    });
  }

  /** One after the other. Bytes of the answer's body as it came. */
  post(path: string, body: string): Promise<number> {
    const length = Buffer.byteLength(body);
    this.head = '';
    this.bodyBytes = 0;
    this.tail = Buffer.alloc(0);
    this.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: ${this.host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
    );
    return new Promise((resolve, reject) => {
      this.answer = { resolve, reject };
    });
  }

  close(): void {
    this.answer = undefined;
    this.socket.destroy();
  }

  private received(bytes: Buffer): void {
    let body = bytes;
    if (!this.head.endsWith(HEAD_END)) {
      const before = this.head.length;
      this.head += bytes.toString('latin1');
      const end = this.head.indexOf(HEAD_END);
      if (end < 0) return;
      this.head = this.head.slice(0, end + HEAD_END.length);
      body = bytes.subarray(this.head.length - before);
      const [, length] = /\r\ncontent-length: (\d+)/i.exec(this.head) ?? [];
      this.contentLength = length === undefined ? undefined : Number(length);
    }
    this.bodyBytes += body.length;
    this.tail = Buffer.concat([this.tail, body.subarray(-BODY_END.length)]).subarray(-BODY_END.length);
    const isWhole =
      this.contentLength === undefined ? this.tail.equals(BODY_END) : this.bodyBytes >= this.contentLength;
    if (isWhole) this.ended();
  }

  private ended(): void {
    const { answer } = this;
    this.answer = undefined;
    const [, status] = /^HTTP\/1\.1 (\d+)/.exec(this.head) ?? [];
    if (Number(status) < 300) answer?.resolve(this.bodyBytes);
    else answer?.reject(new Error(`status ${status}`));
  }
}
