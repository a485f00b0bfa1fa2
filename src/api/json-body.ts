/**
 * Typed reading of a JSON body: required and optional fields with the reference's messages. Unknown fields are
 * ignored, as the reference does; a field given twice is an error.
 */
import { type JsonNode, jsonFailure, parseJsonText } from './json-text.ts';

const U64_MAXIMUM = 2n ** 64n - 1n;

/** Parses a body whose top level must be an object; `name` is what messages call it. */
export function parseJsonBody(text: string, name: string): JsonStruct {
  const node = parseJsonText(text);
  return new JsonStruct(text, node, `struct ${name}`);
}

/** An object whose fields are read by name. */
export class JsonStruct {
  private readonly text: string;
  private readonly node: Extract<JsonNode, { kind: 'object' }>;
  private readonly fields = new Map<string, JsonNode>();
  private readonly twice = new Map<string, JsonNode>();

  constructor(text: string, node: JsonNode, expected: string) {
    if (node.kind !== 'object') throw invalidType(text, node, expected);
    this.text = text;
    this.node = node;
    for (const [name, value] of node.fields) {
      if (this.fields.has(name)) this.twice.set(name, value);
      else this.fields.set(name, value);
    }
  }

  /** The node of a field, null where it is absent; `null` as a value counts as present. */
  field(name: string): JsonNode | null {
    const twice = this.twice.get(name);
    if (twice !== undefined) throw jsonFailure(this.text, twice.end, `duplicate field \`${name}\``);
    return this.fields.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.field(name) !== null;
  }

  /** True where the field is there and is `null`. */
  isNull(name: string): boolean {
    return this.field(name)?.kind === 'null';
  }

  required(name: string): JsonNode {
    const node = this.field(name);
    if (node === null) throw jsonFailure(this.text, this.node.end, `missing field \`${name}\``);
    return node;
  }

  string(name: string): string {
    return readString(this.text, this.required(name));
  }

  /** Absent and null are undefined. */
  optionalString(name: string): string | undefined {
    const node = this.present(name);
    return node === null ? undefined : readString(this.text, node);
  }

  optionalBoolean(name: string): boolean | undefined {
    const node = this.present(name);
    if (node === null) return undefined;
    if (node.kind !== 'boolean') throw invalidType(this.text, node, 'a boolean');
    return node.value;
  }

  optionalU64(name: string): bigint | undefined {
    const node = this.present(name);
    return node === null ? undefined : readU64(this.text, node);
  }

  /** A number of any form; absent and null are undefined. */
  optionalNumber(name: string): number | undefined {
    const node = this.present(name);
    if (node === null) return undefined;
    if (node.kind !== 'integer' && node.kind !== 'float') throw invalidType(this.text, node, 'f64');
    return Number(node.value);
  }

  strings(name: string): string[] {
    return readStrings(this.text, this.required(name));
  }

  optionalStrings(name: string): string[] | undefined {
    const node = this.present(name);
    return node === null ? undefined : readStrings(this.text, node);
  }

  /** The items of a required array. */
  items(name: string): readonly JsonNode[] {
    return readSequence(this.text, this.required(name));
  }

  struct(name: string, expected: string): JsonStruct {
    return new JsonStruct(this.text, this.required(name), expected);
  }

  /** An item as a struct of its own. */
  itemStruct(node: JsonNode, expected: string): JsonStruct {
    return new JsonStruct(this.text, node, expected);
  }

  itemString(node: JsonNode): string {
    return readString(this.text, node);
  }

  /** Every field, for maps. */
  entries(): IterableIterator<[string, JsonNode]> {
    for (const name of this.twice.keys()) this.field(name);
    return this.fields.entries();
  }

  readStrings(node: JsonNode): string[] {
    return readStrings(this.text, node);
  }

  /** A failure at the end of this object. */
  failure(message: string): Error {
    return jsonFailure(this.text, this.node.end, message);
  }

  private present(name: string): JsonNode | null {
    const node = this.field(name);
    return node === null || node.kind === 'null' ? null : node;
  }
}

function readString(text: string, node: JsonNode): string {
  if (node.kind !== 'string') throw invalidType(text, node, 'a string');
  return node.value;
}

function readSequence(text: string, node: JsonNode): readonly JsonNode[] {
  if (node.kind !== 'array') throw invalidType(text, node, 'a sequence');
  return node.items;
}

function readStrings(text: string, node: JsonNode): string[] {
  return readSequence(text, node).map((item) => readString(text, item));
}

function readU64(text: string, node: JsonNode): bigint {
  if (node.kind === 'integer') {
    if (node.value < 0n) {
      throw jsonFailure(text, node.end, `invalid value: integer \`${node.text}\`, expected u64`);
    }
    if (node.value <= U64_MAXIMUM) return node.value;
    throw jsonFailure(text, node.end, `invalid type: floating point \`${Number(node.value)}\`, expected u64`);
  }
  throw invalidType(text, node, 'u64');
}

function invalidType(text: string, node: JsonNode, expected: string): Error {
  return jsonFailure(text, node.end, `invalid type: ${describe(node)}, expected ${expected}`);
}

/** A value as the reference's messages name it. Strings are cut: they may be long. */
function describe(node: JsonNode): string {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return `boolean \`${node.value}\``;
    case 'integer':
      return `integer \`${node.text}\``;
    case 'float':
      return `floating point \`${node.text}\``;
    case 'string':
      return `string ${JSON.stringify(node.value.slice(0, 100))}`;
    case 'array':
      return 'sequence';
    case 'object':
      return 'map';
  }
}
