/**
 * Reads sqllogictest files. Records are parted by blank lines, `#` starts a comment line:
 *
 *     write [precision]          line protocol, up to the next blank line (ours, not sqllogictest's)
 *     statement ok               SQL
 *     statement error <regex>    SQL
 *     query <types> [rowsort]    SQL, `----`, one line a row; types: I R T B P(time) ?(any)
 */

interface Place {
  /** Line of the record in its file, from 1. */
  readonly line: number;
}
export type SltRecord =
  | (Place & { readonly kind: 'write'; readonly precision: string; readonly lines: string })
  | (Place & { readonly kind: 'statement'; readonly sql: string; readonly error: RegExp | null })
  | (Place & {
      readonly kind: 'query';
      readonly sql: string;
      readonly types: string;
      readonly sorted: boolean;
      readonly expected: readonly string[];
    });

export function parseSlt(text: string): SltRecord[] {
  const records: SltRecord[] = [];
  const lines = text.split('\n');
  let at = 0;
  while (at < lines.length) {
    const head = lines[at]!;
    if (head.trim() === '' || head.startsWith('#')) {
      at += 1;
      continue;
    }
    const line = at + 1;
    at += 1;
    const body: string[] = [];
    while (at < lines.length && lines[at] !== '') body.push(lines[at++]!);
    records.push(record(head, body, line));
  }
  return records;
}

function record(head: string, body: string[], line: number): SltRecord {
  const [kind, ...words] = head.split(' ');
  switch (kind) {
    case 'write':
      return { kind, line, precision: words[0] ?? 'nanosecond', lines: body.join('\n') };
    case 'statement': {
      const [outcome, ...pattern] = words;
      if (outcome !== 'ok' && outcome !== 'error') break;
      const source = pattern.join(' ');
      const error =
        outcome === 'ok'
          ? null
          : new RegExp(source.replace('(?i)', ''), source.startsWith('(?i)') ? 'i' : '');
      return { kind, line, sql: body.join('\n'), error };
    }
    case 'query': {
      const rule = body.indexOf('----');
      if (rule < 0 || !/^[IRTBP?]+$/.test(words[0] ?? '')) break;
      return {
        kind,
        line,
        sql: body.slice(0, rule).join('\n'),
        types: words[0]!,
        sorted: words[1] === 'rowsort',
        expected: body.slice(rule + 1).map((row) => row.trim()),
      };
    }
  }
  throw new Error(`line ${line}: not a record: ${head}`);
}

const SHAPES: Readonly<Record<string, RegExp>> = {
  I: /^-?\d+$/,
  R: /^(-?\d+\.\d+(e-?\d+)?|-?\d+(\.\d+)?e-?\d+|NaN|-?inf)$/,
  B: /^(true|false)$/,
  P: /^-?\d{4}-\d\d-\d\d/,
  T: /^/,
  '?': /^/,
};

/** The rows as an slt file writes them; throws when a cell does not look like its declared type. */
export function formatRows(rows: readonly (readonly (string | null)[])[], types: string): string[] {
  return rows.map((row) => {
    if (row.length !== types.length) throw new Error(`${row.length} columns, expected ${types.length}`);
    return row
      .map((cell, index) => {
        if (cell === null) return 'NULL';
        const type = types[index]!;
        if (!SHAPES[type]!.test(cell)) throw new Error(`column ${index + 1}: ${cell} is no ${type}`);
        return cell === '' ? '(empty)' : cell;
      })
      .join(' ')
      .trim();
  });
}

/** CSV rows without the header. */
export function parseCsv(text: string): { readonly names: string[]; readonly rows: string[][] } {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      row.push(cell);
      cell = '';
    } else if (character === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
    } else cell += character;
  }
  const [names = [], ...data] = rows;
  return { names, rows: data };
}
