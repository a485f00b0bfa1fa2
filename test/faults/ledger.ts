/** What a storm wrote, and what a server may show of it: the naive model of durability. */

export type Fate = 'acknowledged' | 'refused' | 'unknown';

/** Points of one table that were sent together. Each bears the batch's id and size. */
export interface Batch {
  readonly id: string;
  readonly table: string;
  readonly size: number;
  /** Null: the server gives the times, and a tag tells the points apart. */
  readonly firstTime: bigint | null;
  /** Sent without `no_sync`: an acknowledgement is a promise. */
  readonly isPromised: boolean;
  /** All batches of one request: all of them are there or none. */
  readonly request: Request;
  /** A second write gave each of its points the field `u`. */
  update: Fate | undefined;
  /** It was taken away again: by a row delete, with its table, or by its age. */
  removal: Fate | undefined;
}

export interface Request {
  fate: Fate;
}

/** A batch as a table shows it: its points, and the sum of their field `u`. */
export interface Shown {
  readonly points: number;
  readonly sum: number;
}

const UPDATE = 2;

/** With it a statement asks for few rows, of which there may be all: such are answered past the engine. */
export const NARROW = "kind IN ('timed', 'now') AND time >= '1677-09-22'";

/** The lines that write a batch. */
export function batchLines({ table, id, size, firstTime }: Batch, extra: string): string {
  return Array.from({ length: size }, (_, index) => {
    const fields = `batch="${id}",n=${size}i${extra}`;
    if (firstTime === null) return `${table},kind=now,point=${id}-${index} ${fields}`;
    return `${table},kind=timed ${fields} ${firstTime + BigInt(index)}`;
  }).join('\n');
}

/** The lines that give each of its points another field. Only for batches with times of their own. */
export function updateLines({ table, size, firstTime }: Batch): string {
  const line = (index: number) => `${table},kind=timed u=${UPDATE}i ${firstTime! + BigInt(index)}`;
  return Array.from({ length: size }, (_, index) => line(index)).join('\n');
}

/** The same lines, each before it once with other values: the later one of a request counts, field by field. */
export function doubledLines(batch: Batch): string {
  const others = { ...batch, id: `not-${batch.id}`, size: batch.size };
  const wrong = batchLines(others, '').replaceAll(/n=\d+i/g, 'n=0i,doubled=1i');
  return `${wrong}\n${batchLines(batch, '')}`;
}

/** Holds what a restart found against what was answered; what was open is decided by it. Gives the contradiction. */
export function settle(batch: Batch, shown: Shown | undefined): string | undefined {
  const { request, size } = batch;
  const { points, sum } = shown ?? { points: 0, sum: 0 };
  const where = `batch ${batch.id} of ${size} points in ${batch.table}`;
  const allowed = { acknowledged: [size], refused: [0], unknown: [0, size] }[request.fate];
  if (batch.removal === 'acknowledged' || batch.removal === 'unknown') {
    if (points !== 0 && (batch.removal === 'acknowledged' || !allowed.includes(points))) {
      return `${batch.removal} removal of the ${request.fate} ${where}: ${points} are there`;
    }
    batch.removal = points === 0 ? 'acknowledged' : 'refused';
    if (points === 0) return undefined;
  }
  if (!allowed.includes(points)) return `${request.fate} ${where}: ${points} are there`;
  if (request.fate === 'unknown') request.fate = points === 0 ? 'refused' : 'acknowledged';
  const whole = size * UPDATE;
  const sums = { acknowledged: [whole], refused: [0], unknown: [0, whole], none: [0] }[
    batch.update ?? 'none'
  ];
  if (!sums.includes(sum)) return `${batch.update} update of ${where}: ${sum} of ${whole}`;
  if (batch.update === 'unknown') batch.update = sum === 0 ? 'refused' : 'acknowledged';
  return undefined;
}
