/** Bytes as text and back, and digests. */
import { BINARY, UTF8 } from '../../types.ts';
import { type BlakeName, blakeDigest } from './blake.ts';
import type { BoundArgument, ScalarFunction, TypeContext } from './definition.ts';
import { constantText, raiseIf, scalar, sqlOf } from './support.ts';

const FAMILY = 'Binary and hash';

function encodingOf(
  argument: BoundArgument | undefined,
  name: string,
  context: TypeContext,
): 'hex' | 'base64' {
  const encoding = constantText(argument, `The encoding of ${name}`, context).toLowerCase();
  if (encoding === 'hex' || encoding === 'base64') return encoding;
  return context.fail(
    `There is no built-in encoding named '${encoding}', currently supported encodings are: base64, hex`,
  );
}

const HEX = "'^([0-9A-Fa-f]{2})*$'";
const BASE64 = "'^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$'";

/** Engine function of each digest, whose bytes come as text of a fixed length. */
const DIGESTS: Readonly<Record<string, string>> = {
  md5: 'MD5',
  sha224: 'SHA224',
  sha256: 'SHA256',
  sha384: 'SHA384',
  sha512: 'SHA512',
};
const BLAKE: readonly string[] = ['blake2b', 'blake2s', 'blake3'] satisfies BlakeName[];
const isBlake = (name: string): name is BlakeName => BLAKE.includes(name);
/** The engine does not look up between two rows of a block, and each of these takes it a while. */
const MAXIMUM_BLAKE_BYTES = 4096;

/** A fixed text loses zero bytes at its end when it becomes a common one, so it goes through hexadecimal. */
const digestOf = (name: string, sql: string): string => `unhex(hex(${name}(${sql})))`;

const sha = (bits: 224 | 256 | 384 | 512): ScalarFunction =>
  scalar(FAMILY, {
    name: `sha${bits}`,
    signature: `sha${bits}(value)`,
    doc: `The SHA-${bits} digest of a text or of bytes, as bytes.`,
    parameters: ['bytes'],
    result: BINARY,
    print: (args) => digestOf(`SHA${bits}`, sqlOf(args, 0)),
  });

const ALGORITHMS = [...Object.keys(DIGESTS), ...BLAKE].join(', ');

function algorithmOf(argument: BoundArgument | undefined, context: TypeContext): string {
  const name = constantText(argument, 'The algorithm of digest', context).toLowerCase();
  if (Object.hasOwn(DIGESTS, name) || isBlake(name)) return name;
  return context.fail(
    `There is no built-in digest algorithm named '${name}', currently supported are: ${ALGORITHMS}`,
  );
}

export const encodingFunctions: readonly ScalarFunction[] = [
  scalar(FAMILY, {
    name: 'encode',
    signature: "encode(value, 'hex' | 'base64')",
    doc: 'Text or bytes as hexadecimal (lower case) or base64 (without padding).',
    parameters: ['bytes', 'text'],
    result: (args, context) => {
      encodingOf(args[1], 'encode', context);
      return UTF8;
    },
    print: (args, context) =>
      encodingOf(args[1], 'encode', context) === 'hex'
        ? `lower(hex(${sqlOf(args, 0)}))`
        : `replaceRegexpOne(base64Encode(${sqlOf(args, 0)}), '=+$', '')`,
  }),
  scalar(FAMILY, {
    name: 'decode',
    signature: "decode(text, 'hex' | 'base64')",
    doc: 'The bytes of hexadecimal or base64 text (with or without padding); other text is an error.',
    parameters: ['bytes', 'text'],
    result: (args, context) => {
      encodingOf(args[1], 'decode', context);
      return BINARY;
    },
    print(args, context) {
      const encoding = encodingOf(args[1], 'decode', context);
      const text = sqlOf(args, 0);
      const bare = `replaceRegexpOne(${text}, '=+$', '')`;
      const padded = `concat(${bare}, repeat('=', (4 - length(${bare}) % 4) % 4))`;
      return raiseIf(
        `NOT match(${text}, ${encoding === 'hex' ? HEX : BASE64})`,
        `Execution error: Failed to decode value using ${encoding}`,
        encoding === 'hex' ? `unhex(${text})` : `tryBase64Decode(${padded})`,
        context,
      );
    },
  }),
  scalar(FAMILY, {
    name: 'md5',
    signature: 'md5(value)',
    doc: 'The MD5 digest of a text or of bytes, as hexadecimal text.',
    parameters: ['bytes'],
    result: UTF8,
    print: (args) => `lower(hex(MD5(${sqlOf(args, 0)})))`,
  }),
  scalar(FAMILY, {
    name: 'digest',
    signature: "digest(value, 'algorithm')",
    doc: `The digest of a text or of bytes, as bytes. Algorithms: ${ALGORITHMS}; the BLAKE ones for up to ${MAXIMUM_BLAKE_BYTES} bytes.`,
    parameters: ['bytes', 'text'],
    result: (args, context) => {
      algorithmOf(args[1], context);
      return BINARY;
    },
    print(args, context) {
      const name = algorithmOf(args[1], context);
      if (!isBlake(name)) return digestOf(DIGESTS[name]!, sqlOf(args, 0));
      const text = `CAST(${sqlOf(args, 0)} AS Nullable(String))`;
      const message = `Execution error: digest by ${name} of more than ${MAXIMUM_BLAKE_BYTES} bytes`;
      const digest = blakeDigest(name, `substring(ifNull(${text}, ''), 1, ${MAXIMUM_BLAKE_BYTES})`, context);
      const value = `if(isNull(${text}), NULL, ${digest})`;
      return raiseIf(`length(${text}) > ${MAXIMUM_BLAKE_BYTES}`, message, value, context);
    },
  }),
  sha(224),
  sha(256),
  sha(384),
  sha(512),
];
