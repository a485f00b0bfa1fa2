/** The parts of OpenAPI 3.1 that we use, and short ways to write them. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

export interface Content {
  readonly [mediaType: string]: { readonly schema: JsonSchema };
}

/** What one route takes and gives. Failures that all routes share are added by the document. */
export interface OperationDescription {
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: Content;
  /** Success only. */
  readonly status: number;
  readonly reply?: Content;
}

export const string: JsonSchema = { type: 'string' };
export const boolean: JsonSchema = { type: 'boolean' };
export const integer: JsonSchema = { type: 'integer', minimum: 0 };
export const number: JsonSchema = { type: 'number', minimum: 0 };

export const oneOf = (...values: readonly string[]): JsonSchema => ({ type: 'string', enum: values });
export const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
export const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
export const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** An object; names that end in `?` are optional. */
export function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const names = Object.keys(properties);
  const required = names.filter((name) => !name.endsWith('?'));
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), properties[name]])),
    ...(required.length > 0 && { required }),
  };
}

export const json = (schema: JsonSchema): Content => ({ 'application/json': { schema } });
export const text = (mediaType = 'text/plain'): Content => ({ [mediaType]: { schema: string } });

/** A query parameter; a name that ends in `?` is optional. */
export function query(name: string, description: string, schema: JsonSchema = string): Parameter {
  return { name: name.replace(/\?$/, ''), in: 'query', required: !name.endsWith('?'), description, schema };
}

export function path(name: string, description: string, schema: JsonSchema = string): Parameter {
  return { name, in: 'path', required: true, description, schema };
}
