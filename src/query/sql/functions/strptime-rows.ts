/** Texts read by a format of their own in each row: the pieces of the format are read one after the other. */
import { bound } from '../bound.ts';
import type { PrintContext } from './definition.ts';
import {
  type Field,
  FILLED,
  ITEMS,
  PIECE,
  type Read,
  SHORTHANDS,
  TIME_MARK,
  TWICE,
  UNREAD,
  WITH_EPOCH,
} from './strptime-format.ts';
import { raiseIf } from './support.ts';

/** A rest that no piece fits. */
const BROKEN = String.raw`'\0'`;

/** `read` computes the value of the parts that are found; null where the text does not fit its format. */
export function readByRow(
  text: string,
  format: string,
  read: (parts: Read) => string,
  context: PrintContext,
): string {
  const literal = (value: string): string => context.stringLiteral(value);
  const among = (sql: string, values: readonly string[]): string =>
    `${sql} IN (${values.map(literal).join(', ')})`;
  const [pieces, piece, state, at] = [1, 2, 3, 4].map(() => context.freshName()) as [
    string,
    string,
    string,
    string,
  ];
  const [rest, specifiers, values] = [1, 2, 3].map((part) => `${state}.${part}`) as [string, string, string];

  const consumed = multiIf(
    [
      [`${piece} = '%%'`, `extract(${rest}, '^%')`],
      [`${piece} = '${TIME_MARK}'`, `extract(${rest}, '^[Tt ]')`],
      [`match(${piece}, ${literal(String.raw`^\s`)})`, `extract(${rest}, ${literal(String.raw`^\s*`)})`],
      ...Object.entries(ITEMS).map(
        ([specifier, { digits, pattern }]) =>
          [
            `${piece} = '%${specifier}'`,
            `extract(${rest}, ${literal(`^${digits === undefined ? uncaptured(pattern!) : String.raw`\s*[0-9]{${digits[0]},${digits[1]}}`}`)})`,
          ] as const,
      ),
      [`startsWith(${piece}, '%') OR NOT startsWith(${rest}, ${piece})`, "''"],
    ],
    piece,
  );
  const may = `(${at} != '' OR ${piece} = '%.f' OR match(${piece}, ${literal(String.raw`^\s`)}))`;
  const next = `tuple(substring(${rest}, length(${at}) + 1), arrayPushBack(${specifiers}, ${piece}), arrayPushBack(${values}, trimLeft(${at})))`;
  const step = bound(at, consumed, `if(${may}, ${next}, tuple(${BROKEN}, ${specifiers}, ${values}))`);
  const start = `tuple(ifNull(${text}, ''), CAST([] AS Array(String)), CAST([] AS Array(String)))`;
  const fold = `arrayFold((${state}, ${piece}) -> ${step}, ${pieces}, ${start})`;

  const named = (field: Field): string[] =>
    Object.keys(ITEMS).flatMap((specifier) => (ITEMS[specifier]!.field === field ? [`%${specifier}`] : []));
  const has = (field: Field): string => `hasAny(${specifiers}, [${named(field).map(literal).join(', ')}])`;
  const found = (field: Field): string =>
    `arrayFirst((${at}, ${piece}) -> ${among(piece, named(field))}, ${values}, ${specifiers})`;
  const parts: Read = {
    has,
    group: (field) =>
      field === 'fraction' ? `substring(replaceAll(${found(field)}, '.', ''), 1, 9)` : found(field),
    number: (field) => `toInt64OrZero(${found(field)})`,
  };
  const says = (...fields: readonly Field[]): string =>
    `hasAny(${pieces}, [${fields.flatMap(named).map(literal).join(', ')}])`;
  const beside = Object.values(ITEMS)
    .map(({ field }) => field)
    .filter((field) => !WITH_EPOCH.has(field));
  const refused = [
    ...TWICE.map((fields) => `arrayCount(${piece} -> ${among(piece, fields.flatMap(named))}, ${pieces}) > 1`),
    `hasAny(${pieces}, [${[...UNREAD].map((specifier) => literal(`%${specifier}`)).join(', ')}])`,
    `${says('epoch')} AND ${says(...beside)}`,
    `NOT ${says('epoch', 'second')} AND ${says('fraction', 'nanosecond')}`,
    `${says('quarter')} AND NOT ${says('month', 'monthName')}`,
  ].join(' OR ');
  const message =
    'This feature is not implemented: a timestamp format that says a part twice, or one that is not known';
  const value = `if(${rest} != '', NULL, ${read(parts)})`;
  const parsed = bound(state, fold, value);
  return bound(pieces, piecesOf(format, piece, literal), raiseIf(refused, message, parsed, context));
}

const multiIf = (branches: readonly (readonly [string, string])[], otherwise: string): string =>
  `multiIf(${branches.flat().join(', ')}, ${otherwise})`;

/** What `extract` gives is the whole match then. */
const uncaptured = (pattern: string): string => pattern.replaceAll(/\((?!\?)/g, '(?:');

/** The format cut as `strptime-format.ts` cuts it: without fillings, shorthands spelled out. */
function piecesOf(format: string, piece: string, literal: (value: string) => string): string {
  const filled = literal(`^%[-_0](${FILLED.join('|')})$`);
  const bare = `if(match(${piece}, ${filled}), concat('%', substring(${piece}, 3)), ${piece})`;
  const spelled = Object.entries(SHORTHANDS).map(
    ([specifier, parts]) => [`${piece} = '%${specifier}'`, `[${parts.map(literal).join(', ')}]`] as const,
  );
  const space = [`${piece} IN ('%n', '%t')`, "[' ']"] as const;
  const cut = `extractAll(ifNull(${format}, '%'), ${literal(PIECE)})`;
  return `arrayFlatten(arrayMap(${piece} -> ${multiIf([...spelled, space], `[${bare}]`)}, ${cut}))`;
}
