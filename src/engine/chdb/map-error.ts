/** ClickHouse error numbers to our kinds. Source: ClickHouse, src/Common/ErrorCodes.cpp. */
import { EngineError, type EngineErrorKind } from '../engine.ts';

const KINDS: Record<number, EngineErrorKind> = {
  62: 'syntax',
  80: 'syntax',
  16: 'unknown',
  36: 'value',
  46: 'unknown',
  47: 'unknown',
  60: 'unknown',
  81: 'unknown',
  6: 'value',
  27: 'value',
  38: 'value',
  41: 'value',
  43: 'value',
  53: 'value',
  69: 'value',
  70: 'value',
  72: 'value',
  117: 'value',
  125: 'value',
  128: 'value',
  131: 'value',
  190: 'value',
  153: 'value',
  321: 'value',
  349: 'value',
  395: 'value',
  407: 'value',
  427: 'value',
  159: 'time',
  160: 'time',
  241: 'memory',
  396: 'rows',
  158: 'rows',
  394: 'cancelled',
  202: 'overloaded',
  252: 'overloaded',
  236: 'down',
  // The disk is full or fails: another attempt may succeed.
  75: 'down',
  76: 'down',
  243: 'down',
};
/** The same of files that we write for the engine. */
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** What chdb threw, typed. The message stays for the log. */
export function mapError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const match = /Code: (\d+)\./.exec(message);
  const engineCode = match ? Number(match[1]) : undefined;
  const isDown =
    /No active connection/.test(message) || DISK_CODES.has((error as NodeJS.ErrnoException)?.code ?? '');
  const fallback = isDown ? 'down' : 'internal';
  const kind = (engineCode !== undefined && KINDS[engineCode]) || fallback;
  return new EngineError(
    kind,
    message,
    engineCode === undefined ? { cause: error } : { engineCode, cause: error },
  );
}
