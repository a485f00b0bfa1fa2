/** Grammars of option values (`cli.md` 10.5). Each throws an `OptionError` with the reason. */
import { totalmem } from 'node:os';
import { parseDuration } from '../tokens/duration.ts';
import type { BindAddress } from './config.ts';

/** A wrong command line: exit code 2 before anything starts. */
export class OptionError extends Error {
  override name = 'OptionError';
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
};

/** A number with a unit, `N%` of the machine's memory, or a bare number of `bareUnit`. */
export function parseSize(text: string, bareUnit: 'b' | 'mb'): number {
  const [, number, unit] = /^([0-9]+(?:\.[0-9]+)?)\s*([a-z]{1,2}|%)?$/i.exec(text) ?? [];
  if (number === undefined) throw new OptionError('expected a size such as 512mb, 2gb or 20%');
  if (unit === '%') return Math.floor((Number(number) / 100) * totalmem());
  const factor = SIZE_UNITS[(unit ?? bareUnit).toLowerCase()];
  if (factor === undefined) throw new OptionError('expected a size such as 512mb, 2gb or 20%');
  return Math.floor(Number(number) * factor);
}

/** Human time such as `10s` or `2h 30m`, in ms. */
export function parseDurationMs(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new OptionError(parsed.message);
  return parsed.seconds * 1000;
}

export function parseCount(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new OptionError('invalid digit found in string');
  return Number(text);
}

/** `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. */
export function parseBind(text: string): BindAddress {
  const [, ipv6, host, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new OptionError('expected an address such as 127.0.0.1:8181 or [::1]:8181');
  }
  return { host: ipv6 ?? (host === '' ? '0.0.0.0' : host!), port: Number(port) };
}

export function parseBoolean(text: string): boolean {
  const value = new Map([
    ['true', true],
    ['1', true],
    ['yes', true],
    ['', true],
    ['false', false],
    ['0', false],
    ['no', false],
  ]).get(text.toLowerCase());
  if (value === undefined) throw new OptionError('expected true or false');
  return value;
}

export function parseChoice<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new OptionError(`[possible values: ${choices.join(', ')}]`);
  return choice;
}

export function parseItems(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const OPENED_PATHS: Readonly<Record<string, readonly string[]>> = {
  health: ['/health', '/api/v1/health'],
  ping: ['/ping'],
  metrics: ['/metrics'],
  ready: ['/ready'],
  pprof: ['/debug/pprof/heap'],
  node_stop: ['/api/v3/enterprise/configure/node/stop'],
};

/** The paths that `--disable-authz` opens (`auth.md` 9.2). */
export function parseOpenPaths(text: string): ReadonlySet<string> {
  const items = text.split(',').map((item) => item.trim());
  if (items.length > 6) throw new OptionError('--disable-authz cannot take more than 6 items');
  return new Set(
    items.flatMap((item) => {
      const paths = Object.hasOwn(OPENED_PATHS, item) ? OPENED_PATHS[item] : undefined;
      if (paths === undefined) {
        throw new OptionError(
          'invalid value passed in for --disable-authz, allowed values are health, ping, metrics, ready, pprof, and node_stop',
        );
      }
      return paths;
    }),
  );
}
