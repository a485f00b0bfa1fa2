/**
 * Answers of caches as they were sent last. A cache hands out the same columns for as long as nothing that is in
 * them changed, and never changes a column that it has handed out: equal columns are equal answers, whoever asks.
 * Who sees less gets other columns.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Block, ColumnVector } from '../../engine/native/block.ts';
import type { ResultFormat } from '../query.ts';
import { encodeBlock } from '../results/encode.ts';
import type { ResultColumn } from '../types.ts';

const MAXIMUM_ANSWERS = 16;
const MAXIMUM_BYTES = 16 * 1024 * 1024;

interface Answer {
  readonly format: ResultFormat;
  readonly columns: readonly ResultColumn[];
  readonly vectors: readonly ColumnVector[];
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
}

export class EncodedAnswers {
  /** Columns that were sent before: only what is asked for twice is kept. */
  private readonly seen = new WeakSet<ColumnVector>();
  /** The one used last at the end. */
  private readonly answers: Answer[] = [];
  private bytes = 0;

  async *encode(
    columns: readonly ResultColumn[],
    block: Block,
    format: ResultFormat,
  ): AsyncGenerator<Uint8Array> {
    const vectors = block.columns.map(({ vector }) => vector);
    const known = this.find(columns, vectors, format);
    if (known !== undefined) {
      yield* known.chunks;
      return;
    }
    const isKept = vectors.length > 0 && vectors.every((vector) => this.seen.has(vector));
    for (const vector of vectors) this.seen.add(vector);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of encodeBlock(columns, block, format)) {
      bytes += chunk.byteLength;
      if (isKept && bytes <= MAXIMUM_BYTES) chunks.push(chunk);
      yield chunk;
    }
    if (isKept && bytes <= MAXIMUM_BYTES) this.keep({ format, columns, vectors, chunks, bytes });
  }

  private find(
    columns: readonly ResultColumn[],
    vectors: readonly ColumnVector[],
    format: ResultFormat,
  ): Answer | undefined {
    const index = this.answers.findIndex(
      (answer) =>
        answer.format === format &&
        answer.vectors.length === vectors.length &&
        answer.vectors.every((vector, column) => vector === vectors[column]) &&
        isDeepStrictEqual(answer.columns, columns),
    );
    if (index < 0) return undefined;
    const [found] = this.answers.splice(index, 1);
    this.answers.push(found!);
    return found;
  }

  private keep(answer: Answer): void {
    this.answers.push(answer);
    this.bytes += answer.bytes;
    while (this.answers.length > MAXIMUM_ANSWERS || this.bytes > MAXIMUM_BYTES)
      this.bytes -= this.answers.shift()!.bytes;
  }
}
