/**
 * `pretty`: one box around the whole result. Widths depend on every row, so rows are kept until the end; what
 * may be kept is bounded.
 */
import type { Block } from '../../engine/native/block.ts';
import { queryRunErrors } from '../../errors/index.ts';
import type { ResultColumn } from '../types.ts';
import { ByteSink } from './byte-sink.ts';
import { createCell } from './cells.ts';
import { CHUNK_BYTES, chunkSink } from './chunk.ts';
import { displayWidth } from './display-width.ts';

/** Most bytes of cell text that a pretty result may have. */
const PRETTY_LIMIT_BYTES = 64 * 1024 * 1024;

/** Throws `pretty_too_large` before its first chunk when the result does not fit `limitBytes`. */
export async function* encodePretty(
  columns: readonly ResultColumn[],
  blocks: AsyncIterable<Block>,
  limitBytes: number = PRETTY_LIMIT_BYTES,
): AsyncGenerator<Uint8Array> {
  const widths = columns.map((column) => contentWidth(column.name));
  const rows: string[][] = [];
  let kept = 0;
  for await (const block of blocks) {
    const scratch = new ByteSink(256);
    const cells = columns.map((column, index) =>
      createCell(scratch, column.type, block.columns[index]!, 'text'),
    );
    for (let row = 0; row < block.rows; row++) {
      const texts = cells.map((cell, index) => {
        if (cell.nulls?.[row] === 1) return '';
        scratch.reset();
        cell.write(row);
        kept += scratch.position;
        const text = scratch.view().toString('utf8');
        const width = contentWidth(text);
        if (width > widths[index]!) widths[index] = width;
        return text;
      });
      // The row's own array and string headers count too.
      kept += 32 * (texts.length + 1);
      if (kept > limitBytes) throw queryRunErrors.prettyTooLarge(limitBytes);
      rows.push(texts);
    }
  }
  if (rows.length === 0) {
    yield Buffer.from('++\n++');
    return;
  }
  yield* render(
    columns.map((column) => column.name),
    rows,
    widths,
  );
}

function* render(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
): Generator<Uint8Array> {
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const sink = chunkSink();
  sink.utf8(`${rule}\n${rowText(names, widths)}\n${rule}\n`);
  for (const row of rows) {
    sink.utf8(`${rowText(row, widths)}\n`);
    if (sink.position >= CHUNK_BYTES) yield sink.take();
  }
  sink.utf8(rule);
  yield sink.view();
}

function rowText(texts: readonly string[], widths: readonly number[]): string {
  if (!texts.some((text) => text.includes('\n'))) return lineText(texts, widths);
  const lines = texts.map((text) => text.split('\n'));
  const height = Math.max(...lines.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) =>
    lineText(
      lines.map((cell) => cell[line] ?? ''),
      widths,
    ),
  ).join('\n');
}

function lineText(texts: readonly string[], widths: readonly number[]): string {
  return `|${texts.map((text, index) => ` ${text}${' '.repeat(widths[index]! - displayWidth(text))} `).join('|')}|`;
}

function contentWidth(text: string): number {
  if (!text.includes('\n')) return displayWidth(text);
  return Math.max(...text.split('\n').map(displayWidth));
}
