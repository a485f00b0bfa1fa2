/**
 * Loaded into a server (`--import`) by `hostile.ts`: what its event loop was held by. A timer of 1 ms measures the
 * processor time of the main thread from one time that it runs to the next; a profile tells what that went into.
 */
import { Session } from 'node:inspector';
import { PerformanceObserver } from 'node:perf_hooks';

const PERIOD_MS = 1;
const WORTH_TELLING_MS = 4;
const SAMPLE_US = 500;
const LONGEST_TOLD = 5;
const FRAMES_TOLD = 6;

/** All since the last answer. */
export interface SlicesAnswer {
  /** Longest work of the main thread itself, in ms of its processor time, and how long others waited. */
  readonly longest: readonly Slice[];
  /** How many had more than 10, 20 ms of own work. */
  readonly over10: number;
  readonly over20: number;
  /** The longest by the clock: waiting for a core is in it. */
  readonly latestMs: number;
}

export interface Slice {
  readonly ownMs: number;
  readonly clockMs: number;
  readonly collectingMs: number;
  /** Functions by their own time, the most first. */
  readonly where: readonly string[];
}

interface PerformanceEntryWithDetail {
  readonly startTime: number;
  readonly duration: number;
  readonly detail: { readonly kind: number };
}

interface Measured {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ownMs: number;
}

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[] | undefined;
}

interface Profile {
  readonly nodes: readonly Node[];
  readonly startTime: number;
  readonly samples?: readonly number[] | undefined;
  readonly timeDeltas?: readonly number[] | undefined;
}

const clockMs = () => Number(process.hrtime.bigint()) / 1e6;
const ownMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

let slices: Measured[] = [];
let collections: { readonly fromMs: number; readonly toMs: number; readonly kind: number }[] = [];
let latestMs = 0;
let before = { clock: clockMs(), own: ownMs() };

function measure(): void {
  const now = { clock: clockMs(), own: ownMs() };
  const own = now.own - before.own;
  latestMs = Math.max(latestMs, now.clock - before.clock - PERIOD_MS);
  if (own >= WORTH_TELLING_MS) slices.push({ fromMs: before.clock, toMs: now.clock, ownMs: own });
  before = now;
  setTimeout(measure, PERIOD_MS).unref();
}

const session = new Session();
session.connect();
const isProfiled = process.env.SLICES_PROFILE === '1';

function startProfile(): void {
  slices = [];
  collections = [];
  latestMs = 0;
  if (isProfiled) session.post('Profiler.start');
  before = { clock: clockMs(), own: ownMs() };
}

function stopProfile(tell: (profile: Profile | null) => void): void {
  if (!isProfiled) tell(null);
  else session.post('Profiler.stop', (_, result) => tell(result.profile));
}

process.on('message', () => {
  const measured = slices.toSorted((a, b) => b.ownMs - a.ownMs);
  const latest = latestMs;
  stopProfile((profile) => {
    const answer: SlicesAnswer = {
      longest: measured.slice(0, LONGEST_TOLD).map((slice) => told(slice, profile)),
      over10: measured.filter((slice) => slice.ownMs > 10).length,
      over20: measured.filter((slice) => slice.ownMs > 20).length,
      latestMs: latest,
    };
    process.send!(answer, startProfile);
  });
});
process.channel?.unref();

function told(slice: Measured, profile: Profile | null): Slice {
  const within = collections.filter(
    ({ fromMs, toMs }) => fromMs >= slice.fromMs - 0.5 && toMs <= slice.toMs + 0.5,
  );
  return {
    ownMs: slice.ownMs,
    clockMs: slice.toMs - slice.fromMs,
    collectingMs: within.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
    where: [
      ...within.map(({ fromMs, toMs, kind }) => `collection ${kind}: ${(toMs - fromMs).toFixed(1)} ms`),
      ...(profile === null ? [] : framesOf(slice, profile)),
    ],
  };
}

function framesOf({ fromMs, toMs }: Measured, profile: Profile): string[] {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const parentOf = new Map(
    profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id] as const)),
  );
  const name = (id: number) => {
    const { functionName, url, lineNumber } = byId.get(id)!.callFrame;
    const place = url === '' ? '' : ` ${url.split('/').slice(-1)[0]}:${lineNumber + 1}`;
    return `${functionName || '(anonymous)'}${place}`;
  };
  const weights = new Map<string, number>();
  let atUs = profile.startTime;
  for (let index = 0; index < profile.samples!.length; index++) {
    atUs += profile.timeDeltas![index]!;
    if (atUs < fromMs * 1000 || atUs > toMs * 1000) continue;
    const id = profile.samples![index]!;
    const path = [name(id)];
    for (let up = parentOf.get(id); up !== undefined && path.length < 4; up = parentOf.get(up))
      path.push(name(up));
    const words = path.join(' < ');
    weights.set(words, (weights.get(words) ?? 0) + 1);
  }
  return [...weights]
    .sort((a, b) => b[1] - a[1])
    .slice(0, FRAMES_TOLD)
    .map(([words, count]) => `${count} ${words}`);
}

new PerformanceObserver((list) => {
  for (const {
    startTime,
    duration,
    detail,
  } of list.getEntries() as unknown as PerformanceEntryWithDetail[]) {
    const fromMs = startTime + originMs;
    collections.push({ fromMs, toMs: fromMs + duration, kind: detail.kind });
  }
}).observe({ entryTypes: ['gc'] });
/** `performance.now()` begins with the process, the clock of profiles with the machine. */
const originMs = clockMs() - performance.now();

if (isProfiled) {
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
}
startProfile();
measure();
