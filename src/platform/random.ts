import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness as a parameter, so that a seed can replay a run. */
export interface RandomSource {
  bytes(length: number): Buffer;
  uuid(): string;
}

/** The operating system's generator. */
export const systemRandom: RandomSource = {
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
};
