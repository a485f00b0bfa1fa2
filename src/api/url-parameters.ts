/** Parameters of a query string or a form, with the messages of the reference's parser. Form rules: `+` is a space. */
import { httpErrors } from '../errors/index.ts';

export class UrlParameters {
  private readonly values = new Map<string, string>();
  private readonly twice = new Set<string>();

  /** `text` without its `?`. Unknown parameters are ignored, known ones given twice are an error. */
  constructor(text: string) {
    for (const [name, value] of new URLSearchParams(text)) {
      if (this.values.has(name)) this.twice.add(name);
      else this.values.set(name, value);
    }
  }

  optional(name: string): string | undefined {
    if (this.twice.has(name)) throw httpErrors.parameters(`duplicate field \`${name}\``);
    return this.values.get(name);
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw httpErrors.parameters(`missing field \`${name}\``);
    return value;
  }

  boolean(name: string, absent: boolean): boolean {
    const value = this.optional(name);
    if (value === undefined) return absent;
    if (value === 'true') return true;
    if (value === 'false') return false;
    throw httpErrors.parameters('provided string was not `true` or `false`');
  }

  /** A whole number from 0. */
  count(name: string, absent: number): number {
    const value = this.optional(name);
    if (value === undefined) return absent;
    if (!/^\d{1,15}$/.test(value)) throw httpErrors.parameters(`${name} must be a whole number`);
    return Number(value);
  }

  /** One of the names of a map; its value. */
  choice<Value>(name: string, choices: ReadonlyMap<string, Value>): Value | undefined {
    const value = this.optional(name);
    return value === undefined ? undefined : readChoice(value, choices);
  }
}

/** The value of a name, or the reference's sentence about an unknown one. */
export function readChoice<Value>(name: string, choices: ReadonlyMap<string, Value>): Value {
  const value = choices.get(name);
  if (value !== undefined) return value;
  const expected = [...choices.keys()].map((choice) => `\`${choice}\``).join(', ');
  throw httpErrors.parameters(`unknown variant \`${name}\`, expected one of ${expected}`);
}
