/** From arguments and environment to option values: text by option name. Option > environment > default. */

import {
  IGNORED_FLAGS,
  IGNORED_VALUES,
  OPTIONS,
  type OptionDefinition,
  type OptionName,
  REFUSED,
} from './option-table.ts';
import { OptionError } from './option-values.ts';

export interface ServeArguments {
  readonly values: ReadonlyMap<OptionName, string>;
  readonly help: 'none' | 'short' | 'all';
  /** Number of `-v`. */
  readonly verbosity: number;
  /** Options that were given and change nothing. */
  readonly ignored: readonly string[];
}

const DEFINITIONS: readonly OptionDefinition[] = OPTIONS;
const BY_NAME = new Map(
  DEFINITIONS.flatMap((option) => [option.name, ...(option.aliases ?? [])].map((name) => [name, option])),
);
const IGNORED = new Map<string, 'flag' | 'value'>([
  ...IGNORED_VALUES.map((name) => [name, 'value'] as const),
  ...IGNORED_FLAGS.map((name) => [name, 'flag'] as const),
]);

export function readServeArguments(args: readonly string[], environment: NodeJS.ProcessEnv): ServeArguments {
  const values = new Map<OptionName, string>();
  const ignored: string[] = [];
  let help: ServeArguments['help'] = 'none';
  let verbosity = 0;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (/^-v+$/.test(argument)) {
      verbosity += argument.length - 1;
      continue;
    }
    if (argument === '--verbose') {
      verbosity++;
      continue;
    }
    if (argument === '-h' || argument === '--help' || argument === '--help-all') {
      help = argument === '--help-all' ? 'all' : 'short';
      continue;
    }
    const [, name, , inline] = /^--([a-z0-9-]+)(=([\s\S]*))?$/.exec(argument) ?? [];
    if (name === undefined) throw new OptionError(`unexpected argument '${argument}' found`);
    const next = args[index + 1];
    const takes = takesOf(name);
    if (takes === undefined) throw new OptionError(`unexpected argument '--${name}' found`);
    // What has no effect here may be spelled either way.
    const spelledOut = takes === 'flag' && !BY_NAME.has(name) && /^(?:true|false)$/.test(next ?? '');
    const useNext =
      inline === undefined &&
      next !== undefined &&
      (takes === 'value' || spelledOut || (takes === 'optional' && !next.startsWith('-')));
    const value = inline ?? (useNext ? next : takes === 'value' ? undefined : '');
    if (value === undefined)
      throw new OptionError(`a value is required for '${spelled(name)}' but none was supplied`);
    if (useNext) index++;
    if (Object.hasOwn(REFUSED, name)) {
      if (!(name === 'mode' && value === 'all')) throw new OptionError(REFUSED[name]!);
    }
    const definition = BY_NAME.get(name);
    if (definition === undefined) ignored.push(`--${name}`);
    else values.set(definition.name as OptionName, value);
  }
  for (const definition of DEFINITIONS) {
    const name = definition.name as OptionName;
    const variable = definition.env?.find((candidate) => environment[candidate] !== undefined);
    if (variable !== undefined && !values.has(name)) values.set(name, environment[variable]!);
  }
  return { values, help, verbosity, ignored };
}

/** `--log-format <FORMAT>`, `--without-auth`. */
export function spelled(name: string): string {
  const option = BY_NAME.get(name);
  if (option === undefined || option.takes === 'flag') return `--${name}`;
  const [open, close] = option.takes === 'value' ? ['<', '>'] : ['[', ']'];
  return `--${option.name} ${open}${option.placeholder}${close}`;
}

/** Undefined: no option at all. */
function takesOf(name: string): OptionDefinition['takes'] | undefined {
  const known = BY_NAME.get(name)?.takes ?? IGNORED.get(name);
  if (known !== undefined) return known;
  if (Object.hasOwn(REFUSED, name)) return 'value';
  // The storage engine's options while it was a preview (3.9, 3.10).
  if (!name.startsWith('pt-')) return undefined;
  return /^pt-(?:enable|disable)-/.test(name) ? 'flag' : 'value';
}

/** The help text; `all` shows what is seldom needed too. */
export function serveHelp(all: boolean): string {
  const shown = DEFINITIONS.filter(({ advanced }) => all || advanced !== true);
  const lines = shown.flatMap((option) => {
    const notes = [
      ...(option.defaultText ? [`[default: ${option.defaultText}]`] : []),
      ...(option.env ? [`[env: ${option.env[0]}]`] : []),
    ].join(' ');
    return [`  ${spelled(option.name)}`, `          ${option.help}${notes === '' ? '' : ` ${notes}`}`];
  });
  return [
    'Run the server',
    '',
    'Usage: influxdb3 serve [OPTIONS] --node-id <ID>',
    '',
    'Options:',
    ...lines,
    '  -v, -vv, -vvv, --verbose',
    '          say more in the log',
    '  -h, --help, --help-all',
    `          this text${all ? '' : '; --help-all shows every option'}`,
    ...(all
      ? [
          '',
          'Accepted and without effect, because Sluice has nothing to tune there:',
          `  ${[...IGNORED.keys()].map((name) => `--${name}`).join(' ')}`,
        ]
      : []),
    '',
  ].join('\n');
}
