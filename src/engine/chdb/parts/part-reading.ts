/** What a reading wants of one part, and how it gets it. */
import type { StoredField, StoredRowsRequest, StoredRun } from '../../stored-rows.ts';
import type { NumberPiece } from './field-piece.ts';
import { MalformedPart } from './malformed.ts';
import type { PartPieces } from './part-pieces.ts';
import { lowerBound, matchingRuns, piecesWithin, type RunPiece } from './part-selection.ts';
import type { PartIndex, StoredPart } from './stored-part.ts';
import type { TagValues } from './tag-values.ts';
import type { TextRows } from './text-rows.ts';

interface Selection {
  readonly part: StoredPart;
  readonly index: PartIndex;
  readonly request: StoredRowsRequest;
  /** Of the request. */
  readonly tags: readonly TagValues[];
  readonly pieces: readonly RunPiece[];
}

/** Of a part: as strings they take more, and they are all there at the same time. */
const MAXIMUM_TEXT_BYTES = 16 * 2 ** 20;

export class PartReading {
  private readonly store: PartPieces;
  private readonly selection: Selection;
  private readonly times = new Map<number, Float64Array>();
  private readonly granules: ReadonlySet<number>;
  /** Parallel to the fields. */
  private readonly numbers: readonly Map<number, NumberPiece>[];

  private textBytes = 0;

  private constructor(store: PartPieces, selection: Selection) {
    this.store = store;
    this.selection = selection;
    this.granules = new Set(selection.pieces.map(({ granule }) => granule));
    this.numbers = selection.request.fields.map(() => new Map());
  }

  static async begin(store: PartPieces, part: StoredPart, request: StoredRowsRequest): Promise<PartReading> {
    const index = await part.getIndex();
    const known = new Map<string, TagValues>();
    for (const name of tagsOf(request)) known.set(name, await part.getTag(name));
    const matching = matchingRuns(index.runs, request, (name) => known.get(name)!);
    const pieces = piecesWithin(index, matching, request);
    const tags = request.tags.map((name) => known.get(name)!);
    return new PartReading(store, { part, index, request, tags, pieces });
  }

  /** At most so many. */
  get rows(): number {
    return this.selection.pieces.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** How many columns of granules are not at hand. */
  get misses(): number {
    const { part, request } = this.selection;
    let count = 0;
    for (const granule of this.granules) {
      if (!this.store.hasTimes(part, granule)) count++;
      for (const field of request.fields) if (!this.store.has(part, field, granule)) count++;
    }
    return count;
  }

  /** To be called all, in any order, before `runs`. */
  *loads(): Generator<() => Promise<void>> {
    const { part, index, request } = this.selection;
    for (const granule of this.granules) {
      yield async () => {
        this.times.set(granule, await this.store.getTimes(part, index, granule));
      };
      for (const [place, { name, type }] of request.fields.entries()) {
        if (type === 'string') continue;
        yield async () => {
          const numbers = await this.store.getNumbers(part, index, name, type, granule);
          this.numbers[place]!.set(granule, numbers);
        };
      }
    }
  }

  async runs(): Promise<StoredRun[]> {
    const pieces = this.selection.pieces
      .map((piece) => this.withinTimes(piece))
      .filter(({ start, end }) => start < end);
    const runs: StoredRun[] = [];
    for (const [granule, ofGranule] of Map.groupBy(pieces, ({ granule }) => granule)) {
      const end = ofGranule.reduce((most, piece) => Math.max(most, piece.end), 0);
      const texts = await this.readTexts(granule, end);
      for (const piece of ofGranule) runs.push(this.run(piece, texts));
    }
    return runs;
  }

  private withinTimes(piece: RunPiece): RunPiece {
    const { part, request } = this.selection;
    const times = this.times.get(piece.granule)!;
    const start = lowerBound(times, piece.start, piece.end, offset(request.fromNs, part.originNs));
    const end = lowerBound(times, start, piece.end, offset(request.toNs, part.originNs) + 1);
    return { ...piece, start, end };
  }

  /** Of each field of texts. */
  private async readTexts(granule: number, end: number): Promise<ReadonlyMap<string, TextRows | null>> {
    const { index, request } = this.selection;
    const texts = new Map<string, TextRows | null>();
    for (const { name, type } of request.fields) {
      if (type !== 'string') continue;
      const rows = await this.store.readTexts(index, name, granule, end);
      this.textBytes += rows?.byteLength ?? 0;
      if (this.textBytes > MAXIMUM_TEXT_BYTES)
        throw new MalformedPart('more texts than are read past the engine');
      texts.set(name, rows);
    }
    return texts;
  }

  private run(
    { run, granule, start, end }: RunPiece,
    texts: ReadonlyMap<string, TextRows | null>,
  ): StoredRun {
    const { part, request, tags } = this.selection;
    const fields = request.fields.map(({ name, type }, place): StoredField => {
      if (type !== 'string') return { kind: 'number', ...this.numbers[place]!.get(granule)! };
      const rows = texts.get(name);
      const values = rows?.slice(start, end) ?? new Array<string | null>(end - start).fill(null);
      return { kind: 'string', values, from: start, nulls: null };
    });
    return {
      tags: tags.map(({ codes, values }) => values[codes[run]!]!),
      start,
      end,
      originNs: part.originNs,
      times: this.times.get(granule)!,
      fields,
    };
  }
}

/** Every tag that has to be known of a part. */
export function tagsOf({ tagFilter, visible, tags }: StoredRowsRequest): ReadonlySet<string> {
  const hiding = (visible ?? []).flatMap((alternative) => [...alternative.keys()]);
  return new Set([...tagFilter.keys(), ...hiding, ...tags]);
}

/** Beyond what is in a part, and still a whole number. */
const FAR_NS = 2n ** 52n;

function offset(ns: bigint, originNs: bigint): number {
  const distance = ns - originNs;
  return Number(distance < -FAR_NS ? -FAR_NS : distance > FAR_NS ? FAR_NS : distance);
}
