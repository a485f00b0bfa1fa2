/** `--log-filter`: a level for all, and levels for components, for example `info,catalog=debug`. */
import type { LogLevel } from './logger.ts';

export interface LogFilter {
  readonly defaultLevel: LogLevel | 'silent';
  readonly components: ReadonlyMap<string, LogLevel | 'silent'>;
}

const LEVELS: ReadonlyMap<string, LogLevel | 'silent'> = new Map([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['off', 'silent'],
]);

/** Throws a `RangeError` that names the part it does not know. Components that do not exist are harmless. */
export function parseLogFilter(text: string): LogFilter {
  let defaultLevel: LogLevel | 'silent' = 'info';
  const components = new Map<string, LogLevel | 'silent'>();
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const level = LEVELS.get(part.slice(at + 1).toLowerCase());
    if (level === undefined) {
      throw new RangeError(
        `'${part}' is not a log filter, write a level (${[...LEVELS.keys()].join(', ')}) or component=level`,
      );
    }
    if (at < 0) defaultLevel = level;
    else components.set(part.slice(0, at), level);
  }
  return { defaultLevel, components };
}
