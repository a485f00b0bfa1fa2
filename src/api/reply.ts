/** What a handler answers, and how a failure becomes an answer. */
import { authErrors, type SluiceError } from '../errors/index.ts';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, bytes, or bytes that come as they are made. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';

export const OK: Reply = { status: 200 };
export const NO_CONTENT: Reply = { status: 204 };

export function jsonReply(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(value) };
}

export function textReply(status: number, body: string): Reply {
  return { status, headers: { 'content-type': TEXT_TYPE }, body };
}

/** The bodies of authentication and authorization have a space after the colon, all others have none. */
const SPACED: ReadonlySet<string> = new Set([
  authErrors.malformedHeader.code,
  authErrors.unauthenticated.code,
  authErrors.forbidden.code,
  authErrors.addressNotAllowed.code,
]);

export function errorReply(error: SluiceError): Reply {
  const headers: Record<string, string> = { 'sluice-error-code': error.code };
  if (error.retryAfterSecs !== undefined) headers['retry-after'] = String(error.retryAfterSecs);
  if (error.body === 'empty') return { status: error.status, headers };
  if (error.body === 'text') {
    headers['content-type'] = TEXT_TYPE;
    return { status: error.status, headers, body: error.message };
  }
  headers['content-type'] = JSON_TYPE;
  return { status: error.status, headers, body: jsonErrorBody(error) };
}

function jsonErrorBody(error: SluiceError): string {
  if (SPACED.has(error.code)) return `{"error": ${JSON.stringify(error.message)}}`;
  return JSON.stringify(
    error.data === undefined ? { error: error.message } : { error: error.message, data: error.data },
  );
}
