/** `hard_delete_at` (`http-api.md` 7): when a soft-deleted thing is really removed. */
import * as errors from '../errors/catalog/catalog.ts';
import type { HardDelete } from './catalog.ts';

const DEFAULT_DELAY_MS = 72 * 3_600_000;
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** `never`, `now`, `default` (absent means that too), or RFC 3339; a time in the past is now. */
export function parseHardDelete(text: string | null | undefined, nowMs: number): HardDelete {
  if (text === undefined || text === null || text === 'default') {
    return { kind: 'at', ms: nowMs + DEFAULT_DELAY_MS };
  }
  if (text === 'never') return { kind: 'never' };
  if (text === 'now') return { kind: 'at', ms: nowMs };
  return { kind: 'at', ms: Math.max(nowMs, parseRfc3339(text)) };
}

/** Milliseconds since the epoch, or a 400. */
function parseRfc3339(text: string): number {
  const match = RFC3339.exec(text);
  if (match === null) {
    throw errors.timestampParse(text === '' ? 'premature end of input' : 'input contains invalid characters');
  }
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const ms = Date.parse(`${local}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  // Date rolls 31 February over into March; a calendar day that does not exist is an error.
  if (Number.isNaN(ms) || !isRealDay(Number(year), Number(month), Number(day))) {
    throw errors.timestampRange();
  }
  return ms;
}

function isRealDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, month - 1, 1));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
