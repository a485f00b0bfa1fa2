/** LIKE and regular expressions. */
import { UTF8 } from '../types.ts';
import { cast } from './cast.ts';
import { call, condition, constant, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { isText, plain } from './functions/support.ts';
import { stringLiteral } from './literals.ts';
import { errors } from './sql-errors.ts';

function texts(symbol: string, left: Expression, right: Expression): [Expression, Expression] {
  for (const side of [left, right])
    if (!isText(plain(side.type)) && side.type.kind !== 'null')
      throw errors.planning(
        `Cannot infer common argument type for regex operation ${arrowTypeText(left.type)} ${symbol} ${arrowTypeText(right.type)}`,
      );
  const text = (side: Expression): Expression => (side.type.kind === 'null' ? cast(side, UTF8) : side);
  return [text(left), text(right)];
}

export function regex(
  symbol: string,
  insensitive: boolean,
  negated: boolean,
  left: Expression,
  right: Expression,
): Expression {
  const [value, pattern] = texts(symbol, left, right);
  if (pattern.constant?.kind === 'string') checkPattern(pattern.constant.value);
  // RE2 in the engine lets a dot match a newline; Rust's regex does not.
  const flags = stringLiteral(insensitive ? '(?i-s)' : '(?-s)');
  return condition(`${left.name} ${symbol} ${right.name}`, [value, pattern], ([v, p]) => {
    const full =
      pattern.constant?.kind === 'string'
        ? stringLiteral((insensitive ? '(?i-s)' : '(?-s)') + pattern.constant.value)
        : `concat(${flags}, ${p})`;
    return `${negated ? 'NOT ' : ''}match(${v}, ${full})`;
  });
}

function checkPattern(pattern: string): void {
  const bare = pattern.replace(/\\[\s\S]/g, '').replace(/\[(?:\\.|[^\]])*\]/g, '');
  if (/\(\?(?:=|!|<=|<!)/.test(bare))
    throw errors.planning(
      'Regular expression did not compile: look-around, including look-ahead and look-behind, is not supported',
    );
}

export function like(
  symbol: string,
  insensitive: boolean,
  negated: boolean,
  left: Expression,
  right: Expression,
  escapeCharacter?: string,
): Expression {
  const escaping = escapeCharacter ?? '\\';
  const [value, pattern] = texts(symbol, left, right);
  let shown = pattern;
  if (pattern.constant?.kind === 'string') {
    const text = reescape(pattern.constant.value, escaping);
    shown = constant({ kind: 'string', value: text }, UTF8, pattern.name);
  } else if (pattern.constant === undefined && escaping !== '\\')
    throw errors.notImplemented('LIKE with ESCAPE and a pattern that is not constant');
  else if (pattern.constant === undefined)
    shown = call(UTF8, pattern.name, [pattern], ([p]) => reescaped(p!), { nullable: pattern.nullable });
  return condition(
    `${left.name} ${symbol} ${right.name}${escapeCharacter === undefined ? '' : ` CHAR '${escapeCharacter}'`}`,
    [value, shown],
    ([v, p]) => `${negated ? 'NOT ' : ''}${insensitive ? 'ilike' : 'like'}(${v}, ${p})`,
  );
}

/**
 * The same pattern for the engine, which takes a backslash before another character than `%`, `_` and itself for two
 * characters, and one at the end for an error: it means that character, and itself.
 */
function reescaped(pattern: string): string {
  const inner = `replaceRegexpAll(${pattern}, ${stringLiteral(String.raw`(?s)(\\[%_\\])|\\(.)`)}, ${stringLiteral(String.raw`\1\2`)})`;
  return `replaceRegexpOne(${inner}, ${stringLiteral(String.raw`(?s)^((?:[^\\]|\\.)*)\\$`)}, ${stringLiteral(String.raw`\1\\\\`)})`;
}

/** The same pattern with a backslash as its escape. */
function reescape(pattern: string, escapeCharacter: string): string {
  let out = '';
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === escapeCharacter && i + 1 < pattern.length) {
      i++;
      out += /[%_\\]/.test(pattern[i]!) ? `\\${pattern[i]}` : pattern[i];
    } else out += pattern[i] === '\\' ? '\\\\' : pattern[i];
  }
  return out;
}
