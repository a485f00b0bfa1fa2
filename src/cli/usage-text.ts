/** What the argument parser says of wrong words, in the words of InfluxDB's command line (`cli.md` 1). */

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^unknown option '(.*?)'.*$/s, "unexpected argument '$1' found"],
  [/^unknown command '(.*?)'.*$/s, "unrecognized subcommand '$1'"],
  [/^option '(.*?)' argument missing$/, "a value is required for '$1' but none was supplied"],
  [
    /^option '(.*?)' (?:argument|value) '(.*)'(?: from env '.*?')? is invalid\. Allowed choices are (.*)\.$/s,
    "invalid value '$2' for '$1'\n  [possible values: $3]",
  ],
  [
    /^option '(.*?)' (?:argument|value) '(.*)'(?: from env '.*?')? is invalid\. (.*)$/s,
    "invalid value '$2' for '$1': $3",
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.*?)'\. (.*)$/s,
    "invalid value '$1' for '<$2>': $3",
  ],
  [/^required option '(.*?)' not specified$/, 'the following required arguments were not provided:\n  $1'],
  [/^missing required argument '(.*?)'$/, 'the following required arguments were not provided:\n  <$1>'],
];

export function usageText(parserText: string): string {
  const message = parserText.trimEnd().replace(/^error: /, '');
  const rule = RULES.find(([pattern]) => pattern.test(message));
  const told = rule === undefined ? message : message.replace(rule[0], rule[1]);
  // Only the long spelling of an option is told.
  return `error: ${told.replace(/(['\n] *)-\w, (--)/g, '$1$2')}\n\nFor more information, try '--help'.\n`;
}
