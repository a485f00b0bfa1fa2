/** When something passes for written, over a count of failed writes that the test makes. */
import { expect, test } from 'vitest';
import { silentLogger } from '../../telemetry/logger.ts';
import { EngineError } from '../engine.ts';
import { WriteProof } from './write-proof.ts';

function openProof() {
  const world = { failed: 0, nowMs: 0, repairs: [] as number[], canRepair: true };
  const proof = new WriteProof({
    countFailed: async () => world.failed,
    putRight: async (withinMs) => {
      world.repairs.push(withinMs);
      if (!world.canRepair) throw new EngineError('internal', 'injected');
      return world.failed;
    },
    monotonicMs: () => world.nowMs,
    logger: silentLogger,
  });
  return { world, proof };
}

const DOWN = { kind: 'down' };

test('what ran while a write failed has failed, and what comes before all is put right', async () => {
  const { world, proof } = openProof();
  expect(await proof.during(async () => 'done')).toBe('done');
  world.canRepair = false;
  const failing = proof.during(async () => {
    world.failed++;
  });
  await expect(failing).rejects.toMatchObject(DOWN);
  await proof.idle();
  let hasRun = false;
  const next = proof.during(async () => {
    hasRun = true;
  });
  await expect(next).rejects.toMatchObject(DOWN);
  expect(hasRun).toBe(false);
  world.canRepair = true;
  await proof.look();
  expect(await proof.during(async () => 'done')).toBe('done');
});

test('all since the count last stood still is put right, also when that succeeds late', async () => {
  const { world, proof } = openProof();
  world.nowMs = 5000;
  await proof.look();
  world.nowMs = 7000;
  world.failed = 3;
  world.canRepair = false;
  await proof.look();
  world.nowMs = 9000;
  world.canRepair = true;
  await proof.look();
  expect(world.repairs).toEqual([2000, 4000]);
  await proof.look();
  expect(world.repairs).toHaveLength(2);
});

test('what was looked at before it was put right does not count, nor do the errors from then', async () => {
  const { world, proof } = openProof();
  const watch = proof.watch();
  const internal = new EngineError('internal', 'a part is broken');
  expect(await watch.explain(internal)).toBe(internal);
  await watch.require();
  world.failed = 1;
  await proof.look();
  await expect(watch.require()).rejects.toMatchObject(DOWN);
  expect(await watch.explain(internal)).toMatchObject({ ...DOWN, cause: internal });
  const ofTheStatement = new EngineError('value', 'division by zero');
  expect(await watch.explain(ofTheStatement)).toBe(ofTheStatement);
  await proof.watch().require();
});
