/**
 * The parser alone, with all its rules and the columns filled, on one core. Bodies of about 5000 TSBS lines; processor
 * time of this thread, so that a busy machine changes little.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TableRecord } from '../../src/catalog/records.ts';
import { FieldLayouts } from '../../src/ingest/field-layout.ts';
import { SeriesKeyCache } from '../../src/ingest/lineprotocol/series-key-cache.ts';
import { type ParsedRequest, parseRequest } from '../../src/ingest/parse-request.ts';
import { RowsPool } from '../../src/ingest/rows-pool.ts';
import type { TableBatch } from '../../src/ingest/table-batch.ts';
import { tsbsBatches } from './load.ts';

/** Real line protocol, where it lies beside the repository. */
const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const SECONDS = 3;
const MEGABYTE = 2 ** 20;
const BODY_BYTES = 1.6 * MEGABYTE;

/** Bodies of real lines, repeated up to the size of the others. */
function bodiesOf(file: string): Buffer[] {
  const path = `${DATA}/${file}`;
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  return [Buffer.concat(Array.from({ length: Math.ceil(BODY_BYTES / bytes.length) }, () => bytes))];
}

/** The table as the catalog would have it after these rows. */
function recordOf(batch: TableBatch, id: number): TableRecord {
  const names = [...batch.newColumns, { name: 'time', type: 'time' as const }];
  const columns = names.map(({ name, type }, index) => ({ id: index, name, type, engineName: name }));
  return {
    id,
    databaseId: 1,
    name: batch.name,
    columns,
    columnByName: new Map(columns.map((column) => [column.name, column])),
    tags: columns.filter(({ type }) => type === 'tag'),
    retentionNs: null,
    deletedAtMs: null,
    hardDeleteAtMs: null,
    dataId: id,
    engineDatabase: 'bench',
    engineTable: batch.name,
    version: 1,
  };
}

function measure(name: string, bodies: readonly Buffer[]): string {
  const keys = new SeriesKeyCache(192 * MEGABYTE);
  const layouts = new FieldLayouts();
  const pool = new RowsPool(48 * MEGABYTE);
  const tables = new Map<string, TableRecord>();
  const parse = (body: Buffer): ParsedRequest =>
    parseRequest({
      body,
      keys,
      layouts,
      pool,
      precision: 'nanosecond',
      defaultTimeNs: 0n,
      limits: { databases: 5, tables: 4000, columnsPerTable: 500, tagColumnsPerTable: 250 },
      table: (table) => tables.get(table),
      tableCount: () => tables.size,
      allowTable: null,
      stopAtFirstError: false,
      skipLines: null,
    });
  const give = ({ stores, errors }: ParsedRequest) => {
    if (errors.length > 0) throw new Error(JSON.stringify(errors[0]));
    pool.give(stores);
  };
  // Once to learn the tables, and once to meet every series.
  for (const body of bodies) {
    for (const batch of parse(body).tables) {
      if (!tables.has(batch.name)) tables.set(batch.name, recordOf(batch, tables.size + 1));
    }
  }
  for (const body of bodies) give(parse(body));
  let bytes = 0;
  let lines = 0;
  const started = process.threadCpuUsage();
  const microseconds = () => {
    const { user, system } = process.threadCpuUsage(started);
    return user + system;
  };
  while (microseconds() < SECONDS * 1e6) {
    for (const body of bodies) {
      const parsed = parse(body);
      bytes += body.length;
      lines += parsed.lines;
      give(parsed);
    }
  }
  const used = microseconds();
  return `| ${name} | ${(bytes / used / 1e3).toFixed(2)} | ${((used * 1e3) / lines).toFixed(0)} | ${Math.round(bytes / lines)} |`;
}

/** A table in Markdown. */
export function measureParser(): string {
  const rows = [
    '| Lines | GB/s | ns a line | bytes a line |',
    '|---|---|---|---|',
    measure('TSBS, 1000 series', tsbsBatches(1000, 40, 5000)),
    measure('TSBS, 100 000 series', tsbsBatches(100_000, 1, 5000)),
  ];
  for (const file of ['prometheus.lp', 'metrics.lp', 'bay-area-weather.lp']) {
    const bodies = bodiesOf(file);
    if (bodies.length > 0) rows.push(measure(file, bodies));
  }
  return rows.join('\n');
}
