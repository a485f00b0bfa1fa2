/** `hard_delete_at` (`http-api.md` 7): when a soft-deleted thing is really removed. */
import * as errors from '../errors/catalog/catalog.ts';
import { readRfc3339, wholeMs } from '../platform/rfc3339.ts';
import type { HardDelete } from './catalog.ts';

const DEFAULT_DELAY_MS = 72 * 3_600_000;

/** `never`, `now`, `default` (absent means that too), or RFC 3339; a time in the past is now. */
export function parseHardDelete(text: string | null | undefined, nowMs: number): HardDelete {
  if (text === undefined || text === null || text === 'default') {
    return { kind: 'at', ms: nowMs + DEFAULT_DELAY_MS };
  }
  if (text === 'never') return { kind: 'never' };
  if (text === 'now') return { kind: 'at', ms: nowMs };
  return { kind: 'at', ms: Math.max(nowMs, parseTime(text)) };
}

/** Milliseconds since the epoch, or a 400. */
function parseTime(text: string): number {
  const ns = readRfc3339(text);
  if (ns === 'range') throw errors.timestampRange();
  if (ns === 'syntax') {
    throw errors.timestampParse(text === '' ? 'premature end of input' : 'input contains invalid characters');
  }
  return wholeMs(ns);
}
