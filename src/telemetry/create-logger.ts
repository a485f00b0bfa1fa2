/** The real logger: pino behind the contract, with a guard that no token string passes. */
import pino from 'pino';
import type { LogFilter } from './log-filter.ts';
import type { Logger, LogLevel } from './logger.ts';

export type LogFormat = 'full' | 'pretty' | 'json' | 'logfmt';

export interface LoggerOptions {
  readonly filter: LogFilter;
  readonly format: LogFormat;
  readonly write: (line: string) => void;
}

/** Whatever a careless caller passes: the string of a token does not get out. */
const TOKEN = /apiv3_[A-Za-z0-9_-]{8,}/g;

export function createLogger({ filter, format, write }: LoggerOptions): Logger {
  const render = RENDERERS[format];
  const destination = {
    write: (line: string) => write(render(line.replace(TOKEN, 'apiv3_[redacted]'))),
  };
  const base = pino(
    {
      base: null,
      level: 'trace',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
    },
    destination,
  );
  return wrap(base, filter, filter.defaultLevel);
}

function wrap(log: pino.Logger, filter: LogFilter, level: LogLevel | 'silent'): Logger {
  log.level = level;
  return {
    trace: (fields, message) => log.trace(fields, message),
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    child: (fields) =>
      wrap(log.child(fields), filter, filter.components.get(fields.component) ?? filter.defaultLevel),
  };
}

interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly component?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

const RENDERERS: Readonly<Record<LogFormat, (line: string) => string>> = {
  json: (line) => line,
  full: (line) => {
    const { level, time, component, msg, ...fields } = JSON.parse(line) as LogLine;
    return `${time} ${level.toUpperCase().padStart(5)} ${component ?? 'sluice'}: ${msg ?? ''}${pairs(fields)}\n`;
  },
  pretty: (line) => {
    const { level, time, component, msg, ...fields } = JSON.parse(line) as LogLine;
    const details = Object.entries(fields).map(([name, value]) => `    ${name}: ${text(value)}\n`);
    return `${time} ${level.toUpperCase().padStart(5)} ${component ?? 'sluice'}: ${msg ?? ''}\n${details.join('')}`;
  },
  logfmt: (line) => {
    const { level, time, component, msg, ...fields } = JSON.parse(line) as LogLine;
    return `time=${time} level=${level} component=${component ?? 'sluice'} msg=${JSON.stringify(msg ?? '')}${pairs(fields)}\n`;
  },
};

const pairs = (fields: object) =>
  Object.entries(fields)
    .map(([name, value]) => ` ${name}=${text(value)}`)
    .join('');

function text(value: unknown): string {
  const plain = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(plain) ? plain : JSON.stringify(plain);
}
