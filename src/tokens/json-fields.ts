/** Reading fields out of parsed JSON, with serde's words for what is wrong, as InfluxDB's users know them. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** A problem with a file's content; its reader puts the file's own prefix before it. */
export class FieldProblem extends Error {}

export function parseJsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's text may quote the file, and the file holds secrets: only the position is kept.
    const position = /position (\d+)/.exec(String(error))?.[1];
    throw new FieldProblem(
      position === undefined ? 'not valid JSON' : `not valid JSON at position ${position}`,
    );
  }
  return asObject(value);
}

export function asObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldProblem(`invalid type: ${typeName(value)}, expected an object`);
  }
  return value as JsonObject;
}

export function requiredString(object: JsonObject, field: string): string {
  return optionalString(object, field) ?? missing(field);
}

export function optionalString(object: JsonObject, field: string): string | undefined {
  const value = object[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(field, value, 'a string');
  return value;
}

export function optionalStrings(object: JsonObject, field: string): readonly string[] | undefined {
  const values = optionalArray(object, field);
  for (const value of values ?? []) {
    if (typeof value !== 'string') throw wrongType(field, value, 'a string');
  }
  return values as readonly string[] | undefined;
}

export function requiredArray(object: JsonObject, field: string): readonly unknown[] {
  return optionalArray(object, field) ?? missing(field);
}

function optionalArray(object: JsonObject, field: string): readonly unknown[] | undefined {
  const value = object[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(field, value, 'a sequence');
  return value;
}

/** Milliseconds since the epoch that a `Date` can hold; null = never. */
export function optionalTimeMs(object: JsonObject, field: string): number | null {
  const value = object[field];
  if (value === undefined || value === null) return null;
  if (!Number.isInteger(value)) throw wrongType(field, value, 'an integer');
  if (Math.abs(value as number) > 8.64e15) throw new FieldProblem(`${field} is too large`);
  return value as number;
}

export function optionalBoolean(object: JsonObject, field: string): boolean {
  const value = object[field];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw wrongType(field, value, 'a boolean');
  return value;
}

function missing(field: string): never {
  throw new FieldProblem(`missing field \`${field}\``);
}

/** Names the type, never the value: it may be a secret. */
function wrongType(field: string, value: unknown, expected: string): FieldProblem {
  return new FieldProblem(`invalid type: ${typeName(value)}, expected ${expected} for field \`${field}\``);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'sequence';
  return typeof value === 'object' ? 'map' : typeof value;
}
