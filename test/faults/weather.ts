/** What can go wrong around a server in a storm, each for about a second. */

import type { Faults } from '../support/faulty-server/faults.ts';
import { between, type Random } from '../support/seeded-random.ts';
import type { SmallDisk } from '../support/small-disk.ts';

/** What the weather may do to the storm's server and clients. */
export interface Exposed {
  readonly random: Random;
  readonly disk: SmallDisk | undefined;
  setFaults(faults: Partial<Faults>): Promise<void>;
  pause(milliseconds: number): Promise<void>;
  /** Clients send batches many times as large, or as large as ever. */
  setLargeBatches(isOn: boolean): void;
  /** Requests refused so far, and those of them because the buffer was full. */
  readonly refused: () => number;
  readonly full: () => number;
  /** One request that writes into so many tables. */
  writeWide(tables: number): Promise<void>;
}

export interface Weather {
  readonly name: string;
  /** Requests may be refused meanwhile (503, or 429 with Retry-After); never in a harmless one. */
  readonly isHarmless: boolean;
  /** What the disk holds behind the last fsync may be lost. */
  readonly losesPages: boolean;
  /** Comes on, lasts, and is over when it resolves. */
  strike(exposed: Exposed): Promise<void>;
}

/** A busy machine sends little in a second: some weathers wait so long for their first victim. */
const VICTIM_MS = 20_000;
const EVERY_WIDE_TABLE = 300;
const DAY_MS = 86_400_000;

function faulty(
  name: string,
  faults: (random: Random) => Partial<Faults>,
  { isHarmless = false, losesPages = false, hasVictims = false } = {},
): Weather {
  return {
    name,
    isHarmless,
    losesPages,
    strike: async (exposed) => {
      const { random, refused, pause } = exposed;
      const before = refused();
      await exposed.setFaults(faults(random));
      await pause(between(random, 300, 800));
      if (hasVictims) await waitFor(() => refused() > before, pause);
      await exposed.setFaults({});
    },
  };
}

async function waitFor(isTrue: () => boolean, pause: Exposed['pause']): Promise<void> {
  const deadline = Date.now() + VICTIM_MS;
  while (!isTrue() && Date.now() < deadline) await pause(20);
}

const chance = (random: Random) => (random() < 0.3 ? 1 : between(random, 0.2, 0.9));
const diskCode = (random: Random) => (random() < 0.5 ? 'EIO' : 'ENOSPC') as Faults['diskCode'];

const FULL_DISK: Weather = {
  name: 'full disk',
  isHarmless: false,
  losesPages: false,
  strike: async ({ disk, pause, random, refused }) => {
    const before = refused();
    disk!.fill();
    await pause(between(random, 300, 800));
    await waitFor(() => refused() > before, pause);
    disk!.free();
  },
};

const CLOCK_STEPS: Weather = {
  name: 'clock steps',
  isHarmless: true,
  losesPages: false,
  strike: async ({ random, pause, setFaults }) => {
    for (let step = 0; step < 4; step++) {
      const reach = [1000, 60_000, DAY_MS, 400 * DAY_MS][step]!;
      await setFaults({ clockOffsetMs: between(random, -reach, reach) });
      await pause(between(random, 50, 250));
    }
    await setFaults({});
  },
};

/** The engine takes nothing, so that what is acknowledged stays in memory until that is full. */
const FULL_BUFFER: Weather = {
  name: 'full buffer',
  isHarmless: false,
  losesPages: false,
  strike: async ({ random, pause, setFaults, setLargeBatches, full }) => {
    const before = full();
    setLargeBatches(true);
    await setFaults({ insertFails: 1 });
    await pause(between(random, 500, 1500));
    await waitFor(() => full() > before, pause);
    setLargeBatches(false);
    await setFaults({});
  },
};

const MANY_TABLES: Weather = {
  name: 'many tables',
  isHarmless: true,
  losesPages: false,
  strike: async ({ random, writeWide }) => {
    await writeWide(Math.floor(between(random, EVERY_WIDE_TABLE / 2, EVERY_WIDE_TABLE)));
  },
};

const EVERYTHING: Weather = faulty(
  'everything fails',
  (random) => ({
    syncFails: 0.3 * random(),
    writeFails: 0.3 * random(),
    diskCode: diskCode(random),
    insertFails: 0.5 * random(),
    commandFails: 0.5 * random(),
    queryFails: 0.5 * random(),
    syncDelayMs: 20 * random(),
    clockOffsetMs: between(random, -DAY_MS, DAY_MS),
  }),
  { losesPages: true },
);

/** Without a disk of its own the storm cannot fill one. */
export function weathers(disk: SmallDisk | undefined): Weather[] {
  return [
    faulty('slow fsync', (random) => ({ syncDelayMs: between(random, 10, 150) }), { isHarmless: true }),
    faulty('failing fsync', (random) => ({ syncFails: chance(random), diskCode: diskCode(random) }), {
      losesPages: true,
      hasVictims: true,
    }),
    faulty('failing writes', (random) => ({ writeFails: chance(random), diskCode: diskCode(random) }), {
      hasVictims: true,
    }),
    faulty('engine refuses rows', (random) => ({ insertFails: chance(random) })),
    faulty('engine refuses queries', (random) => ({ queryFails: chance(random) })),
    faulty('engine refuses new tables', (random) => ({ commandFails: chance(random) })),
    faulty('slow engine', (random) => ({ insertDelayMs: between(random, 20, 200) }), { isHarmless: true }),
    FULL_BUFFER,
    CLOCK_STEPS,
    MANY_TABLES,
    EVERYTHING,
    ...(disk === undefined ? [] : [FULL_DISK]),
  ];
}
