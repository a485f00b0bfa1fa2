/** What a reading wants of one part, and how it gets it. */
import type { StoredField, StoredRowsRequest, StoredRun } from '../../stored-rows.ts';
import type { NumberPiece } from './field-piece.ts';
import type { PartPieces } from './part-pieces.ts';
import { lowerBound, matchingRuns, piecesWithin, type RunPiece } from './part-selection.ts';
import type { PartIndex, StoredPart } from './stored-part.ts';
import type { TagValues } from './tag-values.ts';

interface Selection {
  readonly part: StoredPart;
  readonly index: PartIndex;
  readonly request: StoredRowsRequest;
  /** Of the request. */
  readonly tags: readonly TagValues[];
  readonly pieces: readonly RunPiece[];
}

export class PartReading {
  private readonly store: PartPieces;
  private readonly selection: Selection;
  private readonly times = new Map<number, Float64Array>();
  private readonly granules: ReadonlySet<number>;
  /** Parallel to the fields. */
  private readonly numbers: readonly Map<number, NumberPiece>[];

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
    const found: StoredRun[] = [];
    for (const piece of this.selection.pieces) {
      const run = await this.run(piece);
      if (run.start < run.end) found.push(run);
    }
    return found;
  }

  private async run({ run, granule, ...piece }: RunPiece): Promise<StoredRun> {
    const { part, index, request, tags } = this.selection;
    const times = this.times.get(granule)!;
    const start = lowerBound(times, piece.start, piece.end, offset(request.fromNs, part.originNs));
    const end = lowerBound(times, start, piece.end, offset(request.toNs, part.originNs) + 1);
    const fields: StoredField[] = [];
    for (const [place, { name, type }] of request.fields.entries()) {
      if (type !== 'string') fields.push({ kind: 'number', ...this.numbers[place]!.get(granule)! });
      else if (start < end) {
        const values = await this.store.readTexts(index, name, granule, start, end);
        fields.push({ kind: 'string', values, nulls: null });
      }
    }
    return {
      tags: tags.map(({ codes, values }) => values[codes[run]!]!),
      start,
      end,
      originNs: part.originNs,
      times,
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
