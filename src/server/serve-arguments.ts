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
    if (argument === '-h' || argument === '--help' || argument === '--help-all') {
      help = argument === '--help-all' ? 'all' : 'short';
      continue;
    }
    const [, name, , inline] = /^--([a-z0-9-]+)(=([\s\S]*))?$/.exec(argument) ?? [];
    if (name === undefined) throw new OptionError(`unexpected argument '${argument}' found`);
    const next = args[index + 1];
    const takes =
      BY_NAME.get(name)?.takes ?? IGNORED.get(name) ?? (Object.hasOwn(REFUSED, name) ? 'value' : undefined);
    if (takes === undefined) throw new OptionError(`unexpected argument '--${name}' found`);
    const useNext =
      inline === undefined &&
      next !== undefined &&
      (takes === 'value' || (takes === 'optional' && !next.startsWith('-')));
    const value = inline ?? (useNext ? next : takes === 'value' ? undefined : '');
    if (value === undefined)
      throw new OptionError(`a value is required for '--${name}' but none was supplied`);
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

/** The help text; `all` shows what is seldom needed too. */
export function serveHelp(all: boolean): string {
  const shown = DEFINITIONS.filter(({ advanced }) => all || advanced !== true);
  const spelled = shown.map((option) => {
    const value =
      option.takes === 'flag'
        ? ''
        : option.takes === 'optional'
          ? ` [${option.placeholder}]`
          : ` <${option.placeholder}>`;
    return { option, left: `  --${option.name}${value}` };
  });
  const lines = spelled.flatMap(({ option, left }) => {
    const notes = [
      ...(option.defaultText ? [`[default: ${option.defaultText}]`] : []),
      ...(option.env ? [`[env: ${option.env[0]}]`] : []),
    ].join(' ');
    return [left, `          ${option.help}${notes === '' ? '' : ` ${notes}`}`];
  });
  return [
    'Run the server',
    '',
    'Usage: influxdb3 serve [OPTIONS] --node-id <ID>',
    '',
    'Options:',
    ...lines,
    '  -v, -vv, -vvv',
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
