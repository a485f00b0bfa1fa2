/** How a request carries its token (`auth.md` 5.1 and 5.2). Strict on purpose: the reference's tests pin it. */

export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' };

const NONE: Credential = { kind: 'none' };
const MALFORMED: Credential = { kind: 'malformed' };
const VISIBLE_ASCII = /^[\t\x20-\x7e]*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The credential of a request. `queryP` is what `queryToken` found: it wins, and the header is then not even
 * looked at. An empty token is a token (and an unknown one: 401), not a missing one.
 */
export function extractCredential(request: {
  readonly authorization: string | null | undefined;
  readonly queryP?: string | null | undefined;
}): Credential {
  if (request.queryP !== undefined && request.queryP !== null) {
    return { kind: 'token', token: request.queryP };
  }
  const header = request.authorization;
  if (header === undefined || header === null) return NONE;
  if (!VISIBLE_ASCII.test(header)) return MALFORMED;
  const space = header.indexOf(' ');
  if (space === -1 || header.indexOf(' ', space + 1) !== -1) return MALFORMED;
  const value = header.slice(space + 1);
  switch (header.slice(0, space)) {
    case 'Bearer':
    case 'Token':
      return { kind: 'token', token: value };
    case 'Basic':
      return basicCredential(value);
    default:
      return MALFORMED;
  }
}

/** `username:token` in standard base64, padded or not; the username counts for nothing and has no colon. */
function basicCredential(encoded: string): Credential {
  if (!BASE64.test(encoded)) return MALFORMED;
  const unpadded = encoded.replace(/=+$/, '');
  if (encoded.length !== unpadded.length && encoded.length % 4 !== 0) return MALFORMED;
  const bytes = Buffer.from(unpadded, 'base64');
  // Spare bits that are set, or a length that no bytes have, decode to something else than was written.
  if (bytes.toString('base64').replace(/=+$/, '') !== unpadded) return MALFORMED;
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return MALFORMED;
  }
  const colon = text.lastIndexOf(':');
  if (colon === -1 || text.indexOf(':') !== colon) return MALFORMED;
  return { kind: 'token', token: text.slice(colon + 1) };
}

/**
 * The token in `?p=`, which only the paths `/write` and `/query` take. Given twice, it counts as absent.
 * `search` is the raw query string, with or without `?`.
 */
export function queryToken(path: string, search: string): string | undefined {
  if (path !== '/write' && path !== '/query') return undefined;
  const values = new URLSearchParams(search).getAll('p');
  return values.length === 1 ? values[0] : undefined;
}
