/** Statements that nobody wrote: those of a corpus, cut, swapped, nested and mixed. Seeded, so that a run replays. */

export type Random = () => number;

/** mulberry32: small, and the same everywhere. Gives [0, 1). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)]!;

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][\w$]*|\d+(?:\.\d+)?(?:e-?\d+)?|::|<>|<=|>=|!=|\|\||!?~\*?|\S/g;

export const tokensOf = (sql: string): string[] => sql.match(TOKEN) ?? [];

/** Words, operators and values that are apt to meet a rule of the translator or a limit of the engine. */
const SPICE: readonly string[] = [
  ...['NULL', 'true', '0', '-1', '1.5', "''", "'a'", "'\\'", "'%'", 'time', '*', '[]', '[1, NULL]', '(1, 2)'],
  ...[
    '9223372036854775807',
    '-9223372036854775808',
    '18446744073709551615',
    '1e308',
    "'é\u0001'",
    "'NaN'::DOUBLE",
  ],
  ...[
    "INTERVAL '1 month'",
    "INTERVAL '2147483647 months'",
    'NULL::INTERVAL',
    "'-1.5'::DECIMAL(60, 5)",
    "INTERVAL '-1 second'",
    "TIMESTAMP '1677-09-21'",
    "DATE '9999-12-31'",
    "X'00'",
    '$p',
  ],
  ...[
    'NOT',
    'AND',
    'OR',
    'IS NULL',
    'IN',
    'BETWEEN',
    'LIKE',
    '~',
    '||',
    '::',
    '+',
    '-',
    '/',
    '%',
    '=',
    '<',
    '[',
  ],
  ...[
    'DISTINCT',
    'FILTER (WHERE true)',
    'OVER ()',
    'ORDER BY 1',
    'LIMIT 1',
    'OFFSET 1',
    'ALL',
    'NULLS FIRST',
  ],
  ...[
    'UNION ALL',
    'EXCEPT',
    'GROUP BY 1',
    'HAVING true',
    'QUALIFY true',
    'CROSS JOIN',
    'LEFT JOIN',
    'LATERAL',
  ],
  ...[
    'CAST(',
    ')',
    '(',
    ',',
    'AS',
    '"',
    '`x`',
    'numbers',
    'system.one',
    'x0',
    'c0',
    'unnest',
    'SELECT',
    'FROM',
  ],
];

/** So many of them are values. */
const VALUES = 26;

const TAILS: readonly string[] = [
  ...[
    'ORDER BY 1',
    'ORDER BY 1 DESC NULLS LAST, 2',
    'LIMIT 1',
    'LIMIT 2 OFFSET 1',
    'GROUP BY 1',
    'GROUP BY ALL',
  ],
  ...['HAVING count(*) > 0', 'UNION SELECT NULL', 'WHERE NULL', 'WHERE 1 / 0 > 1', 'GROUP BY ROLLUP (1)'],
  ...[
    'QUALIFY row_number() OVER (ORDER BY 1) = 1',
    'LEFT JOIN (SELECT 1 AS j) k ON true',
    ', unnest([1, 2]) u(e)',
  ],
];

/** Bindings around an expression or a query; `?` is what they hold. */
const AROUND_EXPRESSION: readonly string[] = [
  ...[
    '(?)',
    'NOT (?)',
    '-(?)',
    '(?) IS NULL',
    'coalesce(?, NULL)',
    'CAST(? AS VARCHAR)',
    'TRY_CAST(? AS BIGINT)',
  ],
  ...[
    'CASE WHEN true THEN ? END',
    '[?]',
    'struct(?)',
    'unnest([?])',
    'max(?)',
    'count(DISTINCT ?)',
    'array_agg(?)',
  ],
  ...[
    'lag(?) OVER (ORDER BY 1)',
    'sum(?) OVER ()',
    'arrow_typeof(?)',
    '(SELECT ?)',
    '? IN (SELECT ?)',
    '(?)[1]',
  ],
  ...[
    '(? = ?)',
    '? || ?',
    "arrow_cast(?, 'Utf8')",
    'nullif(?, ?)',
    '? BETWEEN ? AND ?',
    "date_trunc('day', ?)",
  ],
];
const AROUND_QUERY: readonly string[] = [
  'SELECT * FROM (?) q',
  'SELECT count(*) FROM (?) q',
  'WITH q AS (?) SELECT * FROM q a CROSS JOIN q b LIMIT 3',
  'SELECT (?)',
  'SELECT 1 WHERE EXISTS (?)',
  'SELECT 1 WHERE 1 IN (?)',
  '(?) UNION ALL (?)',
  '(?) EXCEPT (?)',
  'SELECT row_number() OVER () FROM (?) q',
  'SELECT * FROM (?) q ORDER BY 1 DESC LIMIT 2',
  'EXPLAIN ?',
  'SELECT q.* FROM (?) q LEFT JOIN (?) r ON true',
];

const KEYWORDS = new Set(
  'SELECT FROM WHERE GROUP ORDER BY HAVING LIMIT OFFSET AS ON USING JOIN LEFT RIGHT FULL INNER OUTER CROSS NATURAL AND OR NOT IN IS BETWEEN LIKE CASE WHEN THEN ELSE END UNION ALL DISTINCT WITH OVER PARTITION ROWS RANGE INTERVAL TIMESTAMP DATE'.split(
    ' ',
  ),
);

type Mutation = (tokens: string[], corpus: readonly string[], random: Random) => string[];

const at = (tokens: readonly string[], random: Random): number => Math.floor(random() * tokens.length);

const isWord = (token: string | undefined): boolean =>
  token !== undefined && /^[A-Za-z_]/.test(token) && !KEYWORDS.has(token.toUpperCase());
const isOperand = (tokens: readonly string[], place: number): boolean =>
  tokens[place + 1] !== '(' && (isWord(tokens[place]) || /^['"\d]/.test(tokens[place]!));
const isCall = (tokens: readonly string[], place: number): boolean =>
  isWord(tokens[place]) && tokens[place + 1] === '(';

type Test = (tokens: readonly string[], place: number) => boolean;
const placesOf = (tokens: readonly string[], test: Test): number[] =>
  tokens.flatMap((_, place) => (test(tokens, place) ? [place] : []));

/** Whole operands and whole arguments, brackets balanced: [from, to). */
function pieces(tokens: readonly string[]): (readonly [number, number])[] {
  const found = placesOf(tokens, isOperand).map((place) => [place, place + 1] as const);
  const open: number[] = [];
  tokens.forEach((token, place) => {
    if (token === '(' || token === '[') open.push(place);
    else if ((token === ')' || token === ']' || token === ',') && open.length > 0) {
      const from = open.pop()!;
      if (from + 1 < place) found.push([from + 1, place]);
      if (token === ',') open.push(place);
      else if (token === ')' && tokens[from] === '(' && isCall(tokens, from - 1))
        found.push([from - 1, place + 1]);
    }
  });
  return found;
}

function replacePiece(
  tokens: readonly string[],
  random: Random,
  replacement: (piece: readonly string[]) => string | undefined,
): string[] {
  const all = pieces(tokens);
  if (all.length === 0) return [...tokens];
  const [from, to] = pick(all, random);
  const text = replacement(tokens.slice(from, to));
  return text === undefined ? [...tokens] : tokens.toSpliced(from, to - from, text);
}

function pieceOf(statement: string, random: Random): string | undefined {
  const tokens = tokensOf(statement);
  const all = pieces(tokens);
  if (all.length === 0) return undefined;
  const [from, to] = pick(all, random);
  return tokens.slice(from, to).join(' ');
}

/** Mostly no statement any more: what the parser refuses, it must refuse well. */
const CRUDE: readonly Mutation[] = [
  (tokens, _, random) => tokens.toSpliced(at(tokens, random), 1 + Math.floor(random() * 3)),
  (tokens, _, random) => {
    const place = at(tokens, random);
    return tokens.toSpliced(place, 0, ...tokens.slice(place, place + 1 + Math.floor(random() * 4)));
  },
  (tokens, _, random) => {
    const [left, right] = [at(tokens, random), at(tokens, random)];
    return tokens.with(left, tokens[right]!).with(right, tokens[left]!);
  },
  (tokens, _, random) => tokens.toSpliced(at(tokens, random), random() < 0.5 ? 0 : 1, pick(SPICE, random)),
  (tokens, corpus, random) => {
    const other = tokensOf(pick(corpus, random));
    const from = at(other, random);
    const piece = other.slice(from, from + 1 + Math.floor(random() * 6));
    return tokens.toSpliced(at(tokens, random), Math.floor(random() * 3), ...piece);
  },
];

/** Mostly still a statement: of other types, of other shape. */
const SHAPELY: readonly Mutation[] = [
  (tokens, corpus, random) => replacePiece(tokens, random, () => pieceOf(pick(corpus, random), random)),
  (tokens, _, random) => replacePiece(tokens, random, () => pick(SPICE.slice(0, VALUES), random)),
  (tokens, _, random) =>
    replacePiece(tokens, random, (piece) =>
      pick(AROUND_EXPRESSION, random).replaceAll('?', () => piece.join(' ')),
    ),
  (tokens, corpus, random) => {
    const calls = placesOf(tokens, isCall);
    const other = tokensOf(pick(corpus, random));
    const names = placesOf(other, isCall);
    return calls.length === 0 || names.length === 0
      ? tokens
      : tokens.with(pick(calls, random), other[pick(names, random)]!);
  },
  (tokens, corpus, random) => {
    const text = tokens.join(' ');
    return [pick(AROUND_QUERY, random).replaceAll('?', () => (random() < 0.3 ? pick(corpus, random) : text))];
  },
  (tokens, _, random) => [...tokens, pick(TAILS, random)],
];

/** One statement of the corpus, changed one to three times. */
export function mutate(corpus: readonly string[], random: Random): string {
  let tokens = tokensOf(pick(corpus, random));
  const times = 1 + Math.floor(random() * 3);
  for (let time = 0; time < times && tokens.length > 0; time++) {
    tokens = pick(random() < 0.2 ? CRUDE : SHAPELY, random)(tokens, corpus, random);
    if (time + 1 < times) tokens = tokensOf(tokens.join(' '));
  }
  return tokens.join(' ').slice(0, 20_000);
}
