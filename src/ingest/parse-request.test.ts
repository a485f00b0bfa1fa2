import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tableRecord, timeColumn } from '../catalog/state.ts';
import { Turns } from '../platform/turns.ts';
import { FieldLayouts } from './field-layout.ts';
import type { Precision } from './ingest.ts';
import { LineScanner } from './lineprotocol/scanner.ts';
import { SeriesKeyCache } from './lineprotocol/series-key-cache.ts';
import { type ParsedRequest, type ParseInput, parseInSlices, parseRequest } from './parse-request.ts';
import { rowsOf } from './parsed-rows.fixture.ts';
import { columnsOf } from './row-range.ts';
import { RowsPool } from './rows-pool.ts';

const LIMITS = { databases: 5, tables: 5, columnsPerTable: 8, tagColumnsPerTable: 6 };

interface ParseOptions {
  precision?: Precision;
  keys?: SeriesKeyCache;
}

function input(body: string | Buffer, options: ParseOptions = {}): ParseInput {
  return {
    body: Buffer.from(body as string),
    keys: options.keys ?? new SeriesKeyCache(1 << 20),
    layouts: new FieldLayouts(),
    pool: new RowsPool(1 << 20),
    precision: options.precision ?? 'nanosecond',
    defaultTimeNs: 42n,
    limits: LIMITS,
    table: () => undefined,
    tableCount: () => 0,
    allowTable: (table) => table !== 'forbidden',
    stopAtFirstError: false,
    skipLines: null,
  };
}

const parse = (body: string | Buffer, options?: ParseOptions) => parseRequest(input(body, options));

const fieldsOf = (line: string) => rowsOf(parse(line))[0]?.fields;
const errorOf = (line: string) => parse(line).errors[0]?.error_message;

describe('values', () => {
  test.each<[string, unknown]>([
    ['1', 1],
    ['-0', -0],
    ['1e3', 1000],
    ['-1.5E-2', -0.015],
    ['0.1', 0.1],
    ['123456789.12345679', 123456789.12345679],
    ['2.2250738585072014e-308', 2.2250738585072014e-308],
    ['9223372036854775807i', 9223372036854775807n],
    ['-9223372036854775808i', -9223372036854775808n],
    ['-1i', -1n],
    ['4294967296i', 4294967296n],
    ['00000000000000000000000000001i', 1n],
    ['18446744073709551615u', 18446744073709551615n],
    ['0u', 0n],
    ...['t', 'T', 'true', 'True', 'TRUE'].map((text): [string, unknown] => [text, true]),
    ...['f', 'F', 'false', 'False', 'FALSE'].map((text): [string, unknown] => [text, false]),
    ['""', ''],
    ['"a b,c=d"', 'a b,c=d'],
    ['"line\nbreak"', 'line\nbreak'],
    [String.raw`"q\"b\\n\x"`, String.raw`q"b\n\x`],
    [`"${'long '.repeat(40)}é"`, `${'long '.repeat(40)}é`],
  ])('%s', (text, value) => {
    expect(fieldsOf(`m f=${text} 1`)).toEqual({ f: value });
    expect(fieldsOf(`m f=${text}`)).toEqual({ f: value });
    expect(fieldsOf(`m a=1i,f=${text},b=2i 1`)).toEqual({ a: 1n, f: value, b: 2n });
  });
});

describe('names', () => {
  test('escapes, and what a tag value may hold', () => {
    const [row] = rowsOf(parse(String.raw`m\,1\ \x,t\=k=v\ a=b\,c,"q"=1 f\ 1=2,"f"=3 7`));
    expect(row).toEqual({
      table: String.raw`m,1 \x`,
      tags: { 't=k': 'v a=b,c', '"q"': '1' },
      fields: { 'f 1': 2, '"f"': 3 },
      time: 7n,
    });
  });
  test('the order of tags does not change the series', () => {
    const [one, two, three] = parse('m,a=1,b=2 f=1\nm,b=2,a=1 f=1\nm,a=2,b=1 f=1')
      .tables.flatMap((table) => [...table.parts(3)])
      .flatMap((part) => columnsOf(part).keys);
    expect(one!.seriesId.equals(two!.seriesId)).toBe(true);
    expect(one!.seriesId.equals(three!.seriesId)).toBe(false);
  });
});

describe('lines', () => {
  test('blank lines, comments, blanks around', () => {
    const parsed = parse('\n# no, "not=\n\t m f=1 \n\n  # x\nm f=2 5  \n');
    expect(rowsOf(parsed).map((row) => [row.fields.f, row.time])).toEqual([
      [1, 42n],
      [2, 5n],
    ]);
    expect(parsed.lines).toBe(2);
  });
  test('numbers and texts of bad lines; the good ones stay', () => {
    const parsed = parse('# c\nm f=1\n\nm f="x\nstill\nm g=2\nm,t=é12345678901234567890 f=2x');
    expect(parsed.errors).toEqual([
      {
        error_message: 'No fields were provided',
        line_number: 2,
        original_line: 'm f="x\nstill\nm g=2\nm',
      },
    ]);
    const cut = parse('m,t=123456789012345é f=x\nm f=1');
    expect(cut.errors[0]?.original_line).toBe('m,t=123456789012345');
    expect(cut.rows).toBe(1);
  });
  test('a schema failure prints the line back, strings without quotes', () => {
    const parsed = parse('home temp=1.50 7\nhome temp="hi" 8');
    expect(parsed.errors).toEqual([
      {
        error_message:
          "invalid column type for column 'temp', expected iox::column_type::field::float, got iox::column_type::field::string",
        line_number: 2,
        original_line: 'home temp=hi 8',
      },
    ]);
  });
  test('a refused line leaves nothing behind', () => {
    const parsed = parse('m,x=1 a=1,x=2 1\nm a=1i,x=2 2');
    expect(parsed.errors).toHaveLength(1);
    expect(rowsOf(parsed)).toEqual([{ table: 'm', tags: {}, fields: { a: 1n, x: 2 }, time: 2n }]);
    expect(parsed.tables[0]!.newColumns).toEqual([
      { name: 'a', type: 'integer' },
      { name: 'x', type: 'float' },
    ]);
  });
});

describe('messages', () => {
  const space = 'Expected at least one space character, got ';
  const trailing = 'Could not parse entire line. Found trailing content: ';
  const backslash = 'Measurements, tag keys and values, and field keys may not end with a backslash';
  test.each([
    ['cpu', `${space}end of input`],
    ['cpu,a=b', `${space}end of input`],
    ['cpu,a=b\tc=1', `${space}\`\tc=1\``],
    [',a=b f=1', 'Invalid measurement was provided'],
    ['\0 f=1', 'Invalid measurement was provided'],
    ['cpu ', 'No fields were provided'],
    ['cpu val= 123', 'No fields were provided'],
    ['cpu val=abc', 'No fields were provided'],
    ['cpu =1', 'No fields were provided'],
    ['cpu f=.5', 'No fields were provided'],
    ['cpu f=+5', 'No fields were provided'],
    ['cpu f=NaN', 'No fields were provided'],
    ['cpu f=1,', `${trailing}\`,\``],
    ['cpu f=1,g= 1234567', `${trailing}\`,g= 123456...\``],
    ['cpu f=1 abc', `${trailing}\` abc\``],
    ['cpu f=1 1 2', `${trailing}\`2\``],
    ['cpu f=1 5\r', `${trailing}\`\r\``],
    ['cpu f=1\r', `${trailing}\`\r\``],
    ['cpu f=1.', `${trailing}\`.\``],
    ['cpu f=tru', `${trailing}\`ru\``],
    ['cpu f=-1u', `${trailing}\`u\``],
    ['cpu,host val=1', 'Tag set malformed: could not find equals sign in `host val=1`'],
    ['cpu,hostname val=1', 'Tag set malformed: could not find equals sign in `hostname v...`'],
    ['cpu,=b f=1', 'Expected tag key, got `=b f=1`'],
    ['cpu,', 'Expected tag key, got end of input'],
    ['cpu,a= f=1', 'Expected tag value, got ` f=1`'],
    ['cpu,a=b,c= f=1234567', 'Expected tag value, got ` f=1234567`'],
    ['cpu f=9223372036854775808i', 'Unable to parse integer value `9223372036854775808`'],
    ['cpu f=18446744073709551616u', 'Unable to parse unsigned integer value `18446744073709551616`'],
    ['cpu f=1e999', 'Unable to parse floating-point value `1e999`'],
    ['cpu f=1 9223372036854775808', 'Unable to parse timestamp value `9223372036854775808`'],
    ['cpu\\\\ f=1', backslash],
    ['cpu,a=b\\', backslash],
    ['cpu f\\\\=1', backslash],
    ['cpu,a=1,b=2,a=3 f=1', 'Must not contain duplicate tags, but `a` was repeated'],
    ['cpu f=1,f=2', "invalid line protocol - multiple instances of 'f' field found"],
    ['cpu,time=1 f=2', "'time' is a reserved column"],
    ['cpu time=1', "'time' is a reserved column"],
    ['cpu __chunk_order=1', "'__chunk_order' is a reserved column"],
    ['forbidden f=1', "the token may not write to table 'forbidden'"],
    [
      'cpu a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1',
      'Update to schema would exceed number of columns per table limit of 8 columns',
    ],
    [
      'cpu,a=1,b=1,c=1,d=1,e=1,f=1,g=1 h=1',
      'Update to schema would exceed number of tag columns per table limit of 6 columns',
    ],
  ])('%j', (line, message) => {
    expect(errorOf(line)).toBe(message);
    const after = parse(`${line}\nok f=1`);
    if (!line.includes('"') && !line.endsWith('\\')) {
      expect({ rows: after.rows, errors: after.errors.length }).toEqual({ rows: 1, errors: 1 });
    }
  });
  test('a string of more than 1 MiB', () => {
    expect(errorOf(`cpu f="${'x'.repeat(1048577)}"`)).toBe('String is greater than 1MB');
    expect(errorOf(`cpu f="${'x'.repeat(1048576)}"`)).toBeUndefined();
  });
  test('of many bad lines the first are told, all are known', () => {
    const parsed = parse(`${'m\n'.repeat(10_005)}m a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1\nm\nm f=1`);
    expect(parsed.errors.map((error) => error.line_number)).toEqual(
      Array.from({ length: 10_001 }, (_, index) => (index < 10_000 ? index + 1 : 10_006)),
    );
    expect(parsed.errorLines).toHaveLength(10_007);
    expect(parsed.rows).toBe(1);
  });
  test('a table whose first lines are bad is made by the first good one, whoever names it', () => {
    const parsed = parse('m,t=1 f=1,f=1 1\nm,t=2 f=1,f=1 2\nm,t=1 f=1 3\nm,t=2 f=2i 4\nm,t=2 f=2 5');
    expect(parsed.errors.map((error) => error.line_number)).toEqual([1, 2, 4]);
    expect(rowsOf(parsed).map((row) => [row.tags, row.fields, row.time])).toEqual([
      [{ t: '1' }, { f: 1 }, 3n],
      [{ t: '2' }, { f: 2 }, 5n],
    ]);
    expect(parsed.tables).toHaveLength(1);
  });
  test('a repeated tag is found among many', () => {
    const tags = Array.from({ length: 100 }, (_, index) => `,t${index}=1`).join('');
    expect(errorOf(`m${tags},t40=2 f=1`)).toBe('Must not contain duplicate tags, but `t40` was repeated');
    expect(errorOf(`m${tags},t3=2 f=1`)).toBe('Must not contain duplicate tags, but `t3` was repeated');
    expect(errorOf(`m${tags} f=1`)).toMatch(/^Update to schema would exceed number of /);
  });
  test('one table too many', () => {
    const parsed = parse('a f=1\nb f=1\nc f=1\nd f=1\ne f=1\nf f=1\na f=2');
    expect(parsed.errors.map((error) => [error.line_number, error.error_message])).toEqual([
      [
        6,
        'Update to schema would exceed number of tables limit: attempted to create table but already have 5 table(s) (limit: 5)',
      ],
    ]);
    expect(parsed.rows).toBe(6);
  });
});

describe('timestamps', () => {
  const timeOf = (text: string, precision: Precision) =>
    rowsOf(parse(`m f=1 ${text}`, { precision }))[0]?.time;
  test.each([
    ['4999999999', 4999999999000000000n],
    ['5000000000', 5000000000000000n],
    ['-4999999999', -4999999999000000000n],
    ['4999999999999', 4999999999999000000n],
    ['5000000000000', 5000000000000000n],
    ['4999999999999999', 4999999999999999000n],
    ['5000000000000000', 5000000000000000n],
    ['0', 0n],
  ])('auto %s', (text, expected) => {
    expect(timeOf(text, 'auto')).toBe(expected);
  });
  test.each([
    ['second', '9223372036', '9223372037', 'Second'],
    ['millisecond', '9223372036854', '9223372036855', 'Millisecond'],
    ['microsecond', '9223372036854775', '9223372036854776', 'Microsecond'],
    ['second', '-9223372036', '-99999999999', 'Second'],
  ] as const)('%s up to %s', (precision, last, tooFar, variant) => {
    const unit = { second: 10n ** 9n, millisecond: 10n ** 6n, microsecond: 1000n }[precision];
    expect(timeOf(last, precision)).toBe(BigInt(last) * unit);
    expect(parse(`m f=1 ${tooFar}`, { precision }).errors[0]?.error_message).toBe(
      `timestamp, ${tooFar}, out of range for precision: ${variant}`,
    );
  });
  test('any nanosecond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (time) => {
        expect(timeOf(String(time), 'nanosecond')).toBe(time);
      }),
    );
  });
});

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 8 })
  .filter(
    (text) => !text.endsWith('\\') && !text.includes('\0') && text.isWellFormed() && !/^[#\s]/.test(text),
  )
  .filter((text) => !/[\t\n]/.test(text) && !/\\/.test(text) && text !== 'time' && text !== '__proto__');
const escapeName = (text: string) => text.replace(/[ ,=]/g, '\\$&');
const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed()),
);
const print = (of: number | bigint | boolean | string) => {
  if (typeof of === 'bigint') return `${of}i`;
  if (typeof of === 'string') return `"${of.replace(/["\\]/g, '\\$&')}"`;
  return Object.is(of, -0) ? '-0' : String(of);
};

test('a printed point parses to itself, also among others and from the cache', () => {
  const point = fc.record({
    table: name.map((text) => text.replaceAll('=', '-')),
    tags: fc.uniqueArray(fc.tuple(name, name), { maxLength: 2, selector: ([key]) => key }),
    fields: fc.uniqueArray(fc.tuple(name, value), { minLength: 1, maxLength: 3, selector: ([key]) => key }),
    time: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 4 }), (points) => {
      for (const [index, entry] of points.entries()) {
        const tags = entry.tags.filter(([key]) => !entry.fields.some(([field]) => field === key));
        const line = `${escapeName(entry.table)}${tags.map(([k, v]) => `,${escapeName(k)}=${escapeName(v)}`).join('')} ${entry.fields.map(([k, v]) => `${escapeName(k)}=${print(v)}`).join(',')} ${entry.time}`;
        const keys = new SeriesKeyCache(1 << 20);
        const expected = {
          table: entry.table,
          tags: Object.fromEntries(tags),
          fields: Object.fromEntries(entry.fields),
          time: entry.time,
        };
        for (const body of [line, `\n${line}\n`, `# ${index}\n${line}`, `${line}\n${line}`]) {
          const rows = rowsOf(parse(body, { keys }));
          if (entry.table === 'forbidden') continue;
          for (const row of rows) expect(row).toEqual(expected);
          expect(rows.length).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('no bytes crash it, and every line is either written or refused', () => {
  const pieces = fc.constantFrom(
    'm',
    ',',
    '=',
    ' ',
    '"',
    '\\',
    '\n',
    '1',
    'i',
    'u',
    '-',
    '.',
    'e',
    't',
    '#',
    '\t',
    'é',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const parsed = parse(parts.join(''));
      expect(parsed.rows + parsed.errors.length).toBe(parsed.lines);
    }),
    { numRuns: 2000 },
  );
});

test('what the line before was does not change what a line means', () => {
  const values: readonly (readonly [string, readonly string[]])[] = [
    ['ab', ['1i', '-7i', '123456789i', '1234567890i', '9223372036854775807i', '9223372036854775808i']],
    ['abc', ['1.5', '1', '-0', '1e3']],
    ['a', ['"x"', '"a,b c=d"', '"\\""', '"open']],
    ['x\\ y', ['t', 'FALSE', 'maybe']],
    ['a\\=b', ['3u', '4294967296u']],
  ];
  const key = fc.constantFrom('m', 'm,t=a', 'm,t=ab', 'm,t=a,u=b', 'm,u=b,t=a', 'm\\ n,t=a\\ ', 'm,t=');
  const field = fc
    .constantFrom(...values)
    .chain(([name, texts]) => fc.constantFrom(...texts.map((text) => `${name}=${text}`)));
  const fields = fc.array(field, { minLength: 1, maxLength: 5 }).map((texts) => texts.join(','));
  const time = fc.constantFrom('', ' 1', ' 1700000000000000000', ' x', ' ');
  const line = fc.tuple(key, fields, time).map((parts) => `${parts[0]} ${parts[1]}${parts[2]}`);
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (pool, order) => {
        const lines = order.map((index) => pool[index % pool.length]!);
        const alone = lines.map((text) => parse(text));
        const together = parse(lines.join('\n'));
        const byTable = (rows: ReturnType<typeof rowsOf>) => Object.groupBy(rows, ({ table }) => table);
        // An open string swallows the lines behind it: then the texts are not the same lines any more.
        if (lines.some((text) => text.includes('"open'))) {
          expect(together.rows + together.errors.length).toBe(together.lines);
          return;
        }
        expect(byTable(rowsOf(together))).toEqual(byTable(alone.flatMap((parsed) => rowsOf(parsed))));
        expect(together.errors.map((error) => error.error_message)).toEqual(
          alone.flatMap((parsed) => parsed.errors.map((error) => error.error_message)),
        );
      },
    ),
    { numRuns: 1500 },
  );
});

test('requests that are parsed in slices, in turns, give what each gives alone', async () => {
  const keys = new SeriesKeyCache(1 << 20);
  const body = (salt: number) =>
    Array.from({ length: 15_000 }, (_, row) =>
      row % 97 === salt
        ? `m,t=${row % 7} f=${row}i,f=2 ${row}`
        : `m${row % 3},t=${row % (5 + salt)} f=${row}i,g="${salt}" ${row}`,
    ).join('\n');
  let ticks = 0;
  const turns = new Turns(() => (ticks += 100));
  const sliced = await Promise.all(
    [1, 2, 3].map((salt) => parseInSlices(input(body(salt), { keys }), turns)),
  );
  expect(ticks).toBeGreaterThan(3 * 5 * 100);
  for (const [index, parsed] of sliced.entries()) {
    const alone = parse(body(index + 1));
    expect(parsed.errors).toEqual(alone.errors);
    expect(rowsOf(parsed)).toEqual(rowsOf(alone));
  }
});

test('a decimal is the nearest double, whatever its digits', () => {
  const digits = fc.stringMatching(/^[0-9]{1,20}$/);
  const near = fc
    .bigInt(-3n, 3n)
    .map((off) => String(BigInt(Number.MAX_SAFE_INTEGER) + off))
    .chain((text) => fc.nat(15).map((dot) => `${text.slice(0, dot) || '0'}.${text.slice(dot)}`));
  const text = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(digits, digits).map(([whole, part]) => `${whole}.${part}`),
    fc.nat(24).chain((zeros) => digits.map((part) => `0.${'0'.repeat(zeros)}${part}`)),
    near,
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 40, maxLength: 40 }), (texts) => {
      const fields = texts.map((value, index) => `f${index}=${value}`);
      for (let at = 0; at < 40; at += 8) {
        const names = fields.slice(at, at + 8);
        expect(Object.values(fieldsOf(`m ${names.join(',')}`)!)).toEqual(texts.slice(at, at + 8).map(Number));
      }
    }),
    { numRuns: 1000 },
  );
});

describe('a line that names more columns than any table may have', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index}=1`).join(',');
  const width = { columns: 8, columnsOf: () => 8 };
  const MILLION = 500_000;

  test.each([
    ['tags', `m,${names(MILLION)} f=1`],
    ['fields', `m ${names(MILLION)}`],
  ])('is looked at up to the first of %s too many', (kind, line) => {
    const scanner = new LineScanner(Buffer.from(`${line}\nm f=1`), new SeriesKeyCache(1 << 20), width);
    const next = () => {
      while (scanner.next()) if (!scanner.isBlank) return true;
      return false;
    };
    expect(next()).toBe(true);
    const { tagNames } = scanner.seriesKeys.headOf(scanner.key);
    expect([scanner.isCut, scanner.error, kind === 'tags' ? tagNames.length : scanner.fieldCount]).toEqual([
      true,
      null,
      9,
    ]);
    expect(next()).toBe(true);
    expect([scanner.isCut, scanner.error, scanner.fieldCount]).toEqual([false, null, 1]);
    expect(next()).toBe(false);
  });

  test('is refused as a short one, and the lines around it are written', () => {
    const refused = (line: string) => {
      const parsed = parse(`m,a=1 f=1 1\n${line}\nm,a=2 f=2 2`);
      expect(parsed.rows).toBe(2);
      return parsed.errors.map(({ error_message, line_number, original_line }) => [
        error_message,
        line_number,
        original_line,
      ]);
    };
    for (const line of [(n: number) => `m,${names(n)} f=1`, (n: number) => `m ${names(n)}`]) {
      expect(refused(line(MILLION))).toEqual(refused(line(20)));
    }
    expect(refused(`m ${names(MILLION)} 1 trailing`)[0]?.[0]).toMatch(/number of columns per table/);
    expect(refused(`m,${names(9)},c0=2,${names(MILLION)} f=1`)[0]?.[0]).toMatch(/tag columns per table/);
    expect(refused(`m,${names(5)},c0=2,${names(MILLION)} f=1`)[0]?.[0]).toMatch(/duplicate tags/);
    expect(refused(`m time=1,${names(MILLION)}`)).toEqual(refused(`m time=1,${names(20)}`));
  });

  test('is written when the table had more before the limit was lowered', () => {
    const columns = [
      ...Array.from({ length: 30 }, (_, index) => ({ name: `t${index}`, type: 'tag' as const })),
      ...Array.from({ length: 30 }, (_, index) => ({ name: `f${index}`, type: 'float' as const })),
    ];
    const table = tableRecord({
      ...{ id: 1, databaseId: 1, name: 'm', dataId: 1, engineDatabase: 'd', engineTable: 'm', version: 1 },
      columns: [
        ...columns.map((column, id) => ({ ...column, id, engineName: column.name })),
        timeColumn(columns.length),
      ],
      ...{ retentionNs: null, deletedAtMs: null, hardDeleteAtMs: null },
    });
    const tags = columns.slice(0, 30).map(({ name }) => `${name}=${'x'.repeat(4000)}`);
    const fields = columns.slice(30).map(({ name }) => `${name}=1`);
    const parsed = parseRequest({ ...input(`m,${tags.join(',')} ${fields.join(',')}`), table: () => table });
    expect([parsed.rows, parsed.errors]).toEqual([1, []]);
    const other = parseRequest({
      ...input(`m,${tags.join(',')} ${fields.join(',')},g=1`),
      table: () => table,
    });
    expect(other.errors[0]?.error_message).toMatch(/number of columns per table/);
  });
});

test.each(['\n', '#\n', ' ', '# comment\n \t'])(
  'a body of nothing but %j is passed over in steps',
  async (text) => {
    const bytes = 2 ** 20;
    let steps = 0;
    const turns = { isOver: true, begin: async () => undefined, goOn: async () => void steps++ };
    const body = text.repeat(bytes / text.length);
    const parsed = await parseInSlices(input(`${body}m f=1`), turns as unknown as Turns);
    expect(parsed.rows).toBe(1);
    expect(steps).toBeGreaterThanOrEqual(bytes / 65_536 - 1);
  },
);

const HUGE = 4 * 2 ** 20;

test.each([
  ['backslashes', '\\'.repeat(HUGE)],
  ['a name that is too long, then escapes', `m,t=${'x'.repeat(2 ** 21)}${'\\,'.repeat(HUGE / 2)}`],
  ['an integer', `m f=${'9'.repeat(HUGE)}i`],
  ['a decimal', `m f=0.${'9'.repeat(HUGE)}`],
  ['an exponent', `m f=1e${'9'.repeat(HUGE)}`],
  ['a time', `m f=1 ${'0'.repeat(HUGE)}`],
])('one bad line of %s is refused, told short, and passed over in steps', async (_, line) => {
  let steps = 0;
  const turns = { isOver: true, begin: async () => undefined, goOn: async () => void steps++ };
  const parsed = await parseInSlices(input(`${line}\nm f=1`), turns as unknown as Turns);
  expect(parsed.rows).toBe(1);
  expect([...parsed.errors].map(({ line_number }) => line_number)).toEqual([1]);
  expect(parsed.errors[0]!.original_line).toBe(line.slice(0, 20));
  expect(parsed.errors[0]!.error_message.length).toBeLessThan(1.1 * 2 ** 20);
  // Without a backslash or a quote the end of the line is found at once.
  expect(steps).toBeGreaterThan(line.includes('\\') ? 8 : 0);
});

test('what follows on a bad line is told up to 64 KiB, never half a character', () => {
  const message = errorOf(`m\t${'é'.repeat(100_000)}`)!;
  expect(message).toMatch(/^Expected at least one space character, got `\té+`$/);
  expect(Buffer.byteLength(message)).toBeGreaterThan(65_536);
  expect(Buffer.byteLength(message)).toBeLessThan(65_700);
});

test.each([
  ['a key', (text: string) => `m,a=${text},b=1 f=1i,g=2 7`],
  [
    'many tags',
    (text: string) => `m,${Array.from({ length: 12 }, (_, tag) => `t${tag}=${text}`).join(',')} f=1i 7`,
  ],
  ['fields', (text: string) => `m,a=1 f="${text}",g="${text}",h=1i,i="${text}" 7`],
  ['a bad value', (text: string) => `m,a=1 f="${text}",g=${text} 7`],
  ['a bad tag', (text: string) => `m,a=${text},b f=1 7`],
  ['a field of another type', (text: string) => `m f=1,g=1 1\nm f="${text}",g=1 7`],
])('a line of so many bytes that it is parsed in steps is judged as a short one: %s', (_, line) => {
  const cut = (parsed: ParsedRequest) => ({
    rows: rowsOf(parsed).map(({ tags, fields, ...row }) => ({
      ...row,
      tags: Object.keys(tags),
      fields: Object.keys(fields),
    })),
    errors: parsed.errors.map(({ line_number, error_message }) => [line_number, error_message.slice(0, 40)]),
  });
  const around = (text: string) => cut(parse(`m,a=0 f=0i 1\n${line(text)}\nm,a=9 f=9i 9`));
  const short = around('xy');
  for (const long of ['x'.repeat(200_000), 'xy'.repeat(500_000), '\\\\'.repeat(70_000) + 'x'])
    expect(around(long)).toEqual(short);
});
