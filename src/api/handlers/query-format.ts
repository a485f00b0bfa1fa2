/** Which format a result has (`http-api.md` 4.2): `format` wins, but an unacceptable `Accept` fails in any case. */
import { httpErrors } from '../../errors/index.ts';
import type { ResultFormat } from '../../query/query.ts';

export const FORMATS: ReadonlyMap<string, ResultFormat> = new Map([
  ['parquet', 'parquet'],
  ['csv', 'csv'],
  ['pretty', 'pretty'],
  ['json', 'json'],
  ['json_lines', 'jsonl'],
  ['jsonl', 'jsonl'],
]);

const ACCEPTED: ReadonlyMap<string, ResultFormat> = new Map([
  ['*/*', 'json'],
  ['application/json', 'json'],
  ['application/jsonl', 'jsonl'],
  ['application/vnd.apache.parquet', 'parquet'],
  ['text/csv', 'csv'],
  ['text/plain', 'pretty'],
]);

export const CONTENT_TYPES: Readonly<Record<ResultFormat, string>> = {
  json: 'application/json',
  jsonl: 'application/jsonl',
  csv: 'text/csv',
  pretty: 'text/plain; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

export function chooseFormat(format: ResultFormat | undefined, accept: string | undefined): ResultFormat {
  const accepted = acceptedFormat(accept);
  return format ?? accepted;
}

function acceptedFormat(accept: string | undefined): ResultFormat {
  if (accept === undefined) return 'json';
  const exact = ACCEPTED.get(accept);
  if (exact !== undefined) return exact;
  // Browsers send long lists.
  if (accept.includes('text/html') || accept.includes('*/*')) return 'json';
  throw httpErrors.mimeType(accept);
}
