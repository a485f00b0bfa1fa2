/** Functions of regular expressions. The dialect is Rust's; `regex-pattern.ts` translates it. */
import { optional } from './optional.ts';
import { BOOLEAN, type DataType, INT64, UTF8 } from '../../types.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { checkFlags, compileRegex, compileReplacement, type RegexPattern } from './regex-pattern.ts';
import { substringWindow } from './string-part.ts';
import {
  bool,
  checkParameters,
  coerceParameters,
  constantInteger,
  constantText,
  nullIfAny,
  type ParameterKind,
  raiseIf,
  sqlOf,
} from './support.ts';

const FAMILY = 'Regular expression';
const TEXT_LIST: DataType = { kind: 'list', item: UTF8 };

interface Row {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
  readonly parameters: readonly ParameterKind[];
  readonly required: number;
  readonly result: DataType;
  /** Place of the flags among the arguments. */
  readonly flagsAt?: number;
  readonly extraFlags?: string;
  /** Whether the pattern may be computed; else it must be a constant. */
  readonly computed?: boolean;
  print(regex: Regex, args: readonly PrintedArgument[], context: PrintContext): string;
}

/** The pattern as engine SQL, and compiled where it is known when planning. */
interface Regex {
  readonly sql: string;
  readonly pattern?: RegexPattern;
}

const isNull = (argument: BoundArgument | undefined): boolean => argument?.constant?.kind === 'null';

/** Flags as text; a null counts as none. */
function flagsOf(row: Row, args: readonly BoundArgument[], context: TypeContext): string {
  const argument = row.flagsAt === undefined ? undefined : args[row.flagsAt];
  if (argument === undefined || isNull(argument)) return '';
  const flags = constantText(argument, `The flags of ${row.name}`, context);
  checkFlags(flags, row.extraFlags ?? '', row.name, context);
  return flags;
}

function compiled(row: Row, args: readonly BoundArgument[], context: TypeContext): RegexPattern | undefined {
  const argument = args[1];
  const flags = flagsOf(row, args, context);
  if (argument?.constant?.kind === 'string') return compileRegex(argument.constant.value, flags, context);
  if (!row.computed && !isNull(argument))
    context.fail(`The pattern of ${row.name} must be a constant string`);
  return undefined;
}

function regex(row: Row): ScalarFunction {
  const shape = { parameters: row.parameters, required: row.required };
  return {
    kind: 'scalar',
    name: row.name,
    family: FAMILY,
    signature: row.signature,
    doc: row.doc,
    type(args, context) {
      checkParameters(row.name, shape, args, context);
      compiled(row, args, context);
      return row.result;
    },
    coerce: (args) => coerceParameters(shape, args),
    print(args, context) {
      const pattern = compiled(row, args, context);
      if (pattern) return row.print({ sql: context.stringLiteral(pattern.source), pattern }, args, context);
      const flags = flagsOf(row, args, context).replaceAll(/[gx]/g, '');
      const prefix = flags.includes('s') ? `(?${flags})` : `(?${flags}-s)`;
      return row.print({ sql: `concat(${context.stringLiteral(prefix)}, ${sqlOf(args, 1)})` }, args, context);
    },
  };
}

/** Engine text functions with a pattern want one that is not null. */
const known = (sql: string): string => `assumeNotNull(${sql})`;
const hasNull = (args: readonly PrintedArgument[]): boolean => args.some((argument) => isNull(argument));

/** Matches counted by a byte that text never contains: the engine's own count leaves empty matches out. */
const countOf = (text: string, pattern: string): string =>
  `toInt64(countSubstrings(replaceRegexpAll(${text}, ${pattern}, '\\xFF'), '\\xFF'))`;

/** Null counts as "no" both ways. */
const like = (name: string, doc: string, print: (text: string, pattern: string) => string): ScalarFunction =>
  regex({
    name,
    signature: `${name}(text, pattern)`,
    doc,
    parameters: ['text', 'text'],
    required: 2,
    result: BOOLEAN,
    computed: true,
    print: ({ sql }, args) => bool(`ifNull(${print(sqlOf(args, 0), sql)}, false)`),
  });

function startOf(
  args: readonly PrintedArgument[],
  name: string,
  context: PrintContext,
): (value: string) => string {
  const start = args[2];
  if (start === undefined) return (value) => value;
  return (value) =>
    raiseIf(`${start.sql} < 1`, `Execution error: ${name}() requires start to be 1 based`, value, context);
}

export const regexFunctions: readonly ScalarFunction[] = [
  regex({
    name: 'regexp_like',
    signature: 'regexp_like(text, pattern[, flags])',
    doc: 'Whether the pattern matches anywhere. Flags: i (ignore case), m (^ and $ at lines), s (dot matches newline), U (ungreedy), x (blanks and comments ignored).',
    parameters: ['text', 'text', 'text'],
    required: 2,
    result: BOOLEAN,
    flagsAt: 2,
    computed: true,
    print: ({ sql }, args) => bool(`match(${sqlOf(args, 0)}, ${sql})`),
  }),
  regex({
    name: 'regexp_match',
    signature: 'regexp_match(text, pattern[, flags])',
    doc: 'The capture groups of the first match as a list, or the whole match when there are no groups; without a match nothing.',
    parameters: ['display', 'display', 'text'],
    required: 2,
    result: optional(TEXT_LIST),
    flagsAt: 2,
    print({ sql, pattern }, args, context) {
      if (pattern === undefined) return 'CAST([] AS Array(Array(Nullable(String))))';
      const grouped = pattern.groups.length > 0 ? sql : context.stringLiteral(`(${pattern.source})`);
      const text = sqlOf(args, 0);
      const found = `extractGroups(${known(text)}, ${grouped})`;
      // Of no match there are no groups.
      return `arrayFilter(groups -> notEmpty(groups), [CAST(if(isNull(${text}), [], ${found}) AS Array(Nullable(String)))])`;
    },
  }),
  regex({
    name: 'regexp_count',
    signature: 'regexp_count(text, pattern[, start[, flags]])',
    doc: 'The number of matches from a character on (default 1); 0 of null.',
    parameters: ['display', 'display', 'integer', 'text'],
    required: 2,
    result: INT64,
    flagsAt: 3,
    computed: true,
    print({ sql }, args, context) {
      const { constant, sql: written } = args[1]!;
      // An empty pattern is found nowhere.
      if (constant?.kind === 'null' || (constant?.kind === 'string' && constant.value === ''))
        return 'toInt64(0)';
      const text = sqlOf(args, 0);
      const from = args[2] === undefined ? text : substringWindow(text, `ifNull(${args[2].sql}, 1)`);
      const count =
        constant === undefined ? `if(empty(${written}), 0, ${countOf(from, sql)})` : countOf(from, sql);
      return startOf(args, 'regexp_count', context)(`ifNull(${count}, toInt64(0))`);
    },
  }),
  regex({
    name: 'regexp_replace',
    signature: 'regexp_replace(text, pattern, replacement[, flags])',
    doc: 'With the first match replaced, or all with the flag g. The replacement may refer to groups by $1, $name or \\1.',
    parameters: ['display', 'display', 'display', 'text'],
    required: 3,
    result: UTF8,
    flagsAt: 3,
    extraFlags: 'g',
    computed: true,
    print({ sql, pattern }, args, context) {
      if (hasNull(args)) return 'CAST(NULL AS Nullable(String))';
      const replacement = args[2]!;
      const name = flagText(args[3]).includes('g') ? 'replaceRegexpAll' : 'replaceRegexpOne';
      if (replacement.constant?.kind !== 'string')
        return context.fail('The replacement of regexp_replace must be a constant string');
      const { value } = replacement.constant;
      if (pattern === undefined && /[$\\]/.test(value))
        context.fail(
          'The pattern of regexp_replace must be a constant string where the replacement refers to its groups',
        );
      const rewritten = pattern === undefined ? value : compileReplacement(value, pattern, context);
      return `${name}(${sqlOf(args, 0)}, ${sql}, ${context.stringLiteral(rewritten)})`;
    },
  }),
  regex({
    name: 'regexp_instr',
    signature: 'regexp_instr(text, pattern[, start[, n[, flags[, group]]]])',
    doc: 'The position in characters of the n-th match from `start` on (or of one of its groups), 0 when there is none.',
    parameters: ['display', 'display', 'integer', 'integer', 'text', 'integer'],
    required: 2,
    result: INT64,
    flagsAt: 4,
    print({ sql, pattern }, args, context) {
      if (hasNull(args) || pattern === undefined) return 'CAST(NULL AS Nullable(Int64))';
      const [text, start] = [sqlOf(args, 0), args[2]?.sql ?? '1'];
      const n = args[3] === undefined ? 1n : constantInteger(args[3], 'The number of the match', context);
      const group = args[5] === undefined ? 0n : constantInteger(args[5], 'The number of the group', context);
      if (n < 1n) context.fail('N must be 1 or greater');
      if (group < 0n) context.fail('the number of the group must be 0 or greater');
      if (group > BigInt(pattern.groups.length)) return nullIfAny(args, 'toInt64(0)');
      const from = substringWindow(text, start);
      // The engine counts bytes; what stands before the match is counted again, in characters.
      const bytes = `regexpInstr(${from}, ${sql}, 1, ${n}, 0, '', ${group})`;
      const value = `if(${bytes} = 0, toInt64(0), toInt64(lengthUTF8(substring(${from}, 1, ${bytes} - 1))) + toInt64(${start}))`;
      return startOf(args, 'regexp_instr', context)(nullIfAny(args, value));
    },
  }),
  like(
    'influx_regex_match',
    'Whether the pattern matches; false of null.',
    (text, pattern) => `match(${text}, ${pattern})`,
  ),
  like(
    'influx_regex_not_match',
    'Whether the pattern does not match; false of null.',
    (text, pattern) => `NOT match(${text}, ${pattern})`,
  ),
];

const flagText = (argument: BoundArgument | undefined): string =>
  argument?.constant?.kind === 'string' ? argument.constant.value : '';
