/** A slow, plain reader of line protocol, written apart from the product's parser so that tests can compare. */

export type NaiveValue = number | bigint | string | boolean;

export interface NaivePoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, NaiveValue>>;
  readonly timestamp: bigint;
}

export function naiveParse(text: string): NaivePoint[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
    .map(parseLine);
}

function parseLine(line: string): NaivePoint {
  const [key, fieldText, time] = splitOutside(line, ' ') as [string, string, string];
  const [measurement, ...tagTexts] = splitOutside(key, ',') as [string, ...string[]];
  const tags: Record<string, string> = {};
  for (const text of tagTexts) {
    const [name, ...rest] = splitOutside(text, '=') as [string, ...string[]];
    tags[unescapeText(name)] = unescapeText(rest.join('='));
  }
  const fields: Record<string, NaiveValue> = {};
  for (const text of splitOutside(fieldText, ',')) {
    const [name, ...rest] = splitOutside(text, '=') as [string, ...string[]];
    fields[unescapeText(name)] = parseValue(rest.join('='));
  }
  return { measurement: unescapeText(measurement), tags, fields, timestamp: BigInt(time) };
}

/** Splits at a separator that is neither escaped nor inside double quotes. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [''];
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '\\') {
      parts[parts.length - 1] += character + (text[++index] ?? '');
    } else if (character === '"') {
      quoted = !quoted;
      parts[parts.length - 1] += character;
    } else if (character === separator && !quoted) {
      parts.push('');
    } else {
      parts[parts.length - 1] += character;
    }
  }
  return parts;
}

function unescapeText(text: string): string {
  return text.replace(/\\([ ,=\\])/g, '$1');
}

function parseValue(text: string): NaiveValue {
  if (text.startsWith('"')) return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
  if (/^(t|T|true|True|TRUE)$/.test(text)) return true;
  if (/^(f|F|false|False|FALSE)$/.test(text)) return false;
  if (/^-?[0-9]+[iu]$/.test(text)) return BigInt(text.slice(0, -1));
  return Number(text);
}
