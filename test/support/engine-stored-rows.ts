/** Stored rows asked of the engine, for tests of what is made of them: slow, and in the shapes of `RowsInMemory`. */
import { collect, type Engine } from '../../src/engine/engine.ts';
import { quoteIdentifier } from '../../src/engine/quote-identifier.ts';
import type { StoredRows, StoredRowsRequest, StoredRun } from '../../src/engine/stored-rows.ts';
import { stringLiteral } from '../../src/engine/string-literal.ts';
import { RowsInMemory, type Shape, type StoredRow, type StoredValue } from './stored-rows.ts';

const SERIES = '__series';

export class RowsOfEngine implements StoredRows {
  readonly requests: StoredRowsRequest[] = [];
  /** Done before anything is read. */
  before: () => unknown = () => {};
  private readonly engine: Engine;
  private readonly shape: Shape;

  constructor(engine: Engine, shape: Shape) {
    this.engine = engine;
    this.shape = shape;
  }

  async read(request: StoredRowsRequest): Promise<readonly StoredRun[] | null> {
    this.requests.push(request);
    await this.before();
    const rows = await this.rows(request);
    // Whose rows they are is known, and rows of different series are in different runs.
    return new RowsInMemory(rows, this.shape).read({ ...request, tagFilter: new Map(), visible: null });
  }

  private async rows(request: StoredRowsRequest): Promise<StoredRow[]> {
    const { table, tagFilter, visible, tags, fields, ...span } = request;
    const conditions = [met(tagFilter), ...(visible === null ? [] : [`(${visible.map(met).join(' OR ')})`])];
    const sql = [
      `SELECT toString(toUnixTimestamp64Nano(__t.time)) AS __n, hex(__t.${SERIES}) AS __s`,
      ...tags.map((tag, index) => `, ${column(tag)} AS __tag${index}`),
      ...fields.map(({ name, type }, index) => `, ${numbered(column(name), type)} AS __field${index}`),
      ` FROM ${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)} AS __t`,
      ` WHERE toUnixTimestamp64Nano(__t.time) BETWEEN ${span.fromNs} AND ${span.toNs} AND ${conditions.join(' AND ')}`,
    ].join('');
    const settings = { output_format_json_quote_64bit_integers: 0 };
    const text = (await collect(this.engine.query({ sql, format: 'JSONEachRow', settings }))).toString();
    const objects = text.split('\n').filter((line) => line !== '');
    return objects.map((line) => {
      const values = JSON.parse(line) as Record<string, StoredValue>;
      return {
        timeNs: BigInt(values.__n!),
        tags: {
          [SERIES]: values.__s as string,
          ...Object.fromEntries(tags.map((tag, index) => [tag, values[`__tag${index}`] as string | null])),
        },
        fields: Object.fromEntries(fields.map(({ name }, index) => [name, values[`__field${index}`]!])),
      };
    });
  }
}

const met = (conditions: StoredRowsRequest['tagFilter']): string =>
  [...conditions]
    .map(([tag, values]) => `ifNull(${column(tag)} IN (${[...values].map(stringLiteral).join(', ')}), 0)`)
    .concat('1')
    .join(' AND ');

/** A column may be called like what is made of it. */
const column = (name: string): string => `__t.${quoteIdentifier(name)}`;

const numbered = (sql: string, type: string): string => (type === 'boolean' ? `toUInt8(${sql})` : sql);

/** The engine with rows that can be read without it. */
export const withStoredRows = (engine: Engine, storedRows: StoredRows): Engine =>
  Object.create(engine, { storedRows: { value: storedRows } }) as Engine;
