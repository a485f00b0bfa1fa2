/** Thrift's compact protocol, as far as Parquet's headers need it. Source: thrift-compact-protocol.md of Apache Thrift. */

/** A field's value. Integers name their width, as the reader checks it. */
export type ThriftValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'byte' | 'i32' | 'i64'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'struct'; readonly fields: ThriftStruct }
  | {
      readonly kind: 'list';
      readonly item: 'i32' | 'string' | 'struct';
      readonly values: readonly ThriftValue[];
    };

/** Field number to value; absent fields are left out. Numbers ascend, as JavaScript orders such keys. */
export type ThriftStruct = Readonly<Record<number, ThriftValue>>;

export const i32 = (value: number): ThriftValue => ({ kind: 'i32', value });
export const i64 = (value: number): ThriftValue => ({ kind: 'i64', value });
export const text = (value: string): ThriftValue => ({ kind: 'string', value });
export const bool = (value: boolean): ThriftValue => ({ kind: 'bool', value });
export const struct = (fields: ThriftStruct): ThriftValue => ({ kind: 'struct', fields });
export const structs = (values: readonly ThriftStruct[]): ThriftValue => ({
  kind: 'list',
  item: 'struct',
  values: values.map(struct),
});

const TYPE_CODES = { true: 1, false: 2, byte: 3, i32: 5, i64: 6, string: 8, list: 9, struct: 12 } as const;

export function encodeStruct(fields: ThriftStruct): Buffer {
  const bytes: number[] = [];
  writeStruct(bytes, fields);
  return Buffer.from(bytes);
}

function writeStruct(bytes: number[], fields: ThriftStruct): void {
  let last = 0;
  for (const [key, value] of Object.entries(fields)) {
    const id = Number(key);
    const code = value.kind === 'bool' ? TYPE_CODES[`${value.value}`] : TYPE_CODES[value.kind];
    // No field of Parquet is more than 15 after the one before it.
    bytes.push(((id - last) << 4) | code);
    last = id;
    if (value.kind !== 'bool') writeValue(bytes, value);
  }
  bytes.push(0);
}

function writeValue(bytes: number[], value: ThriftValue): void {
  switch (value.kind) {
    case 'bool':
      bytes.push(value.value ? 1 : 2);
      break;
    case 'byte':
      bytes.push(value.value & 0xff);
      break;
    case 'i32':
    case 'i64':
      // Zigzag; none of our numbers is beyond 2^52.
      writeVarint(bytes, value.value < 0 ? -value.value * 2 - 1 : value.value * 2);
      break;
    case 'string': {
      const encoded = Buffer.from(value.value, 'utf8');
      writeVarint(bytes, encoded.length);
      for (const byte of encoded) bytes.push(byte);
      break;
    }
    case 'struct':
      writeStruct(bytes, value.fields);
      break;
    case 'list': {
      const size = value.values.length;
      const code = TYPE_CODES[value.item];
      if (size < 15) bytes.push((size << 4) | code);
      else {
        bytes.push(0xf0 | code);
        writeVarint(bytes, size);
      }
      for (const item of value.values) writeValue(bytes, item);
      break;
    }
  }
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}
