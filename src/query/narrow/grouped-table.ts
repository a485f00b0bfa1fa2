/** Rows grouped by bins of time and by tags. */
import type { StoredRun } from '../../engine/stored-rows.ts';
import { Accumulator } from './accumulator.ts';
import { BinGrid } from './bin-grid.ts';
import { GroupSlots } from './group-slots.ts';
import type { Pace } from './pace.ts';
import { PIECE_ROWS, type Piece, type PieceReader, rowsOf } from './piece-reader.ts';
import { Segments } from './segments.ts';
import type { GroupedRows, GroupKey, NarrowStatement } from './statement.ts';
import { checkSize, type NarrowTable, type TableColumn } from './table.ts';
import { TagColumn } from './tag-column.ts';

export async function groupedTable(
  { fields }: Pick<NarrowStatement, 'fields'>,
  { keys, aggregates }: GroupedRows,
  runs: readonly StoredRun[],
  reader: PieceReader,
  pace: Pace,
): Promise<NarrowTable> {
  const bin = keys.find((key) => key.kind === 'bin');
  const grid = bin === undefined ? null : new BinGrid(runs, bin);
  const lines = new Lines(keys, runs);
  const slots = new GroupSlots(lines.count, grid?.count ?? 1);
  const accumulators = aggregates.map(() => new Accumulator());
  const byField = fields.map((_, field) =>
    aggregates.flatMap((aggregate, index) =>
      'field' in aggregate && aggregate.field === field
        ? [{ kind: aggregate.kind, accumulator: accumulators[index]! }]
        : [],
    ),
  );
  const segments = new Segments();

  const add = (piece: Piece, line: number) => {
    const rows = rowsOf(piece);
    if (rows === 0) return;
    segments.clear();
    if (grid === null) segments.add(rows, slots.slot(line, 0));
    else grid.cut(piece.run, reader.times(piece), segments, (number) => slots.slot(line, number));
    for (const [index, aggregate] of aggregates.entries()) {
      accumulators[index]!.reserve(slots.cells.length);
      const counts =
        aggregate.kind === 'rows' || (aggregate.kind === 'tags' && piece.run.tags[aggregate.tag] !== null);
      if (counts) accumulators[index]!.addRows(segments);
    }
    for (const [field, wanted] of byField.entries()) {
      if (wanted.length === 0) continue;
      const nulls = reader.nulls(piece, field);
      const isCounted = wanted.every(({ kind }) => kind === 'count');
      const numbers = isCounted ? NOTHING : reader.numbers(piece, field);
      const isFloat = fields[field]!.type === 'float';
      for (const { kind, accumulator } of wanted) accumulator.add(kind, isFloat, numbers, nulls, segments);
    }
  };

  // Aggregates of all rows are one row, whatever there is.
  if (keys.length === 0) slots.slot(0, 0);
  for (const [index, run] of runs.entries()) {
    for (let start = run.start; start < run.end; start += PIECE_ROWS) {
      const end = Math.min(run.end, start + PIECE_ROWS);
      add(reader.select(run, start, end), lines.of[index]!);
      checkSize(slots.cells.length);
      const wait = pace.spend((end - start) * (2 + 2 * fields.length));
      if (wait !== undefined) await wait;
    }
  }
  const rows = slots.cells.length;
  return {
    rows,
    columns: [
      ...keys.map((key, index) => keyColumn(key, slots, grid, lines.tags[index])),
      ...aggregates.map(({ kind }, index) => accumulators[index]!.column(kind, rows)),
    ],
  };
}

const NOTHING = new Float64Array(0);

/** The sets of tags that there are: one line of groups for each. */
class Lines {
  /** Of each run. */
  readonly of: number[] = [];
  /** The tags by line, for each key that is one. */
  readonly tags: readonly (TagColumn | undefined)[];
  count = 0;

  constructor(keys: readonly GroupKey[], runs: readonly StoredRun[]) {
    this.tags = keys.map((key) => (key.kind === 'tag' ? new TagColumn(key.tag) : undefined));
    const tags = this.tags.filter((column) => column !== undefined);
    const known = new Map<string, number>();
    for (const run of runs) {
      const name = JSON.stringify(tags.map(({ tag }) => run.tags[tag]));
      let line = known.get(name);
      if (line === undefined) {
        line = this.count++;
        known.set(name, line);
        for (const column of tags) column.add(run, 1);
      }
      this.of.push(line);
    }
    this.count = Math.max(1, this.count);
  }
}

function keyColumn(
  key: GroupKey,
  slots: GroupSlots,
  grid: BinGrid | null,
  tags: TagColumn | undefined,
): TableColumn {
  const rows = slots.cells.length;
  if (key.kind === 'bin') {
    const bins = new Float64Array(rows);
    for (let slot = 0; slot < rows; slot++) bins[slot] = slots.binOf(slot);
    return { kind: 'instant', words: grid!.starts(bins) };
  }
  const { dictionary, indexes } = tags!.column();
  const ofSlots = new Uint32Array(rows);
  for (let slot = 0; slot < rows; slot++) ofSlots[slot] = indexes[slots.lineOf(slot)]!;
  return { kind: 'tag', dictionary, indexes: ofSlots };
}
