/** Reads a v1 `/query` (`http-api.md` 5.1): the URL, a form, parts of a multipart body, or the bare text. */
import { httpErrors, type SluiceError } from '../../errors/index.ts';
import { readText } from '../body.ts';
import type { RequestContext } from '../request-context.ts';

export interface V1QueryInput {
  readonly text: string;
  readonly database: string | null;
  readonly pretty: boolean;
  readonly csv: boolean;
}

const JSON_ACCEPTED: ReadonlySet<string> = new Set(['application/json', '*/*', '']);
const CSV_ACCEPTED: ReadonlySet<string> = new Set(['application/csv', 'text/csv']);

export async function readV1Query(context: RequestContext): Promise<V1QueryInput> {
  const accept = context.request.headers.accept ?? '';
  if (!JSON_ACCEPTED.has(accept) && !CSV_ACCEPTED.has(accept)) throw httpErrors.legacyMimeType(accept);
  const fields = new Map(readForm(context.search ?? '', httpErrors.legacyQueryParameters));
  if (context.method === 'POST') await readPost(context, fields);
  const text = fields.get('q');
  if (text === undefined) throw httpErrors.queryMissing();
  return {
    text,
    database: fields.get('db') || null,
    pretty: fields.get('pretty') === 'true',
    csv: CSV_ACCEPTED.has(accept),
  };
}

async function readPost(context: RequestContext, fields: Map<string, string>): Promise<void> {
  const type = context.request.headers['content-type'] ?? '';
  const name = type.split(';')[0]!.trim().toLowerCase();
  const read = () => readText(context.request, context.dependencies.options.maxRequestBytes);
  switch (name) {
    case '':
    case 'application/vnd.influxql': {
      if (context.search === null) throw httpErrors.missingQueryParameters();
      const text = await read();
      if (!fields.has('q')) fields.set('q', text);
      return;
    }
    case 'application/x-www-form-urlencoded':
      for (const [key, value] of readForm(await read(), httpErrors.legacyQueryBody)) fields.set(key, value);
      return;
    case 'multipart/form-data': {
      const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
      if (boundary === undefined) throw httpErrors.multipartBoundary();
      for (const [key, value] of readParts(await read(), boundary)) fields.set(key, value);
      return;
    }
    default:
      throw httpErrors.legacyMimeType(name);
  }
}

/** Pairs of a form; one given twice is an error. */
function readForm(text: string, failure: (detail: string) => SluiceError): [string, string][] {
  const pairs = [...new URLSearchParams(text)];
  const seen = new Set<string>();
  for (const [name] of pairs) {
    if (seen.has(name) && name !== 'p' && name !== 'u') throw failure(`duplicate field \`${name}\``);
    seen.add(name);
  }
  return pairs;
}

function readParts(text: string, boundary: string): [string, string][] {
  const parts: [string, string][] = [];
  for (const part of `\r\n${text}`.split(`\r\n--${boundary}`).slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const name = /content-disposition:[^\r\n]*[;\s]name="([^"]*)"/i.exec(part.slice(0, end))?.[1];
    if (end === -1 || name === undefined) throw httpErrors.legacyQueryBody('malformed multipart body');
    parts.push([name, part.slice(end + 4)]);
  }
  return parts;
}
