import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { observeEventLoop } from './event-loop-lateness.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a timer that runs late counts in the bucket of its lateness', async () => {
  const registry = new Registry();
  let nowMs = 0;
  observeEventLoop(registry, () => nowMs);
  const runAt = (ms: number) => {
    nowMs = ms;
    vi.advanceTimersByTime(5);
  };
  runAt(5);
  runAt(10 + 15);
  runAt(30 + 70);
  const text = await registry.metrics();
  const upTo = (seconds: string) =>
    new RegExp(`^sluice_event_loop_late_seconds_bucket{le="${seconds}"} (\\d+)$`, 'm').exec(text)?.[1];
  expect([upTo('0.001'), upTo('0.01'), upTo('0.02'), upTo('0.05'), upTo('0.1'), upTo('\\+Inf')]).toEqual([
    '1',
    '1',
    '2',
    '2',
    '3',
    '3',
  ]);
});
