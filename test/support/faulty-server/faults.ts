/** What a faulty server does wrong now. Told to it over the channel between parent and child. */

export interface Faults {
  /** Chances from 0 to 1: an fsync, or any other change of the disk under the log, fails. */
  readonly syncFails: number;
  readonly writeFails: number;
  readonly diskCode: 'EIO' | 'ENOSPC';
  readonly syncDelayMs: number;
  /** Chances from 0 to 1, by call of the engine contract. Half of the failures come after the effect. */
  readonly insertFails: number;
  readonly commandFails: number;
  readonly queryFails: number;
  readonly insertDelayMs: number;
  /** The wall clock is wrong by so much. */
  readonly clockOffsetMs: number;
}

export const HEALTHY: Faults = {
  syncFails: 0,
  writeFails: 0,
  diskCode: 'EIO',
  syncDelayMs: 0,
  insertFails: 0,
  commandFails: 0,
  queryFails: 0,
  insertDelayMs: 0,
  clockOffsetMs: 0,
};

/** Parent to child; the child answers with the number when the faults are in force and no others. */
export interface FaultsMessage {
  readonly number: number;
  readonly faults: Faults;
}

/** The faults in force and what decides by chance; shared by the parts of one server. */
export interface Misfortune {
  faults: Faults;
  readonly random: () => number;
  /** Calls that are going to fail: their failure may come when the faults are over. */
  failing: number;
}

export function strikes(misfortune: Misfortune, chance: number): boolean {
  return chance > 0 && misfortune.random() < chance;
}
