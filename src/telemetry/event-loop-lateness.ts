/**
 * How late the event loop gets to what is due: what every client waits beside its own work. As a histogram, because
 * an operator asks how often it was too late, and a summary since the last scrape cannot be added up.
 */
import { Histogram, type Registry } from 'prom-client';

/** A stall shows short by at most so much; more often would cost an idle server its sleep. */
const PERIOD_MS = 5;
const SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

/** Measures from now on, and keeps no process alive. */
export function observeEventLoop(registry: Registry, monotonicMs = () => performance.now()): void {
  const histogram = new Histogram({
    name: 'sluice_event_loop_late_seconds',
    help: `How late a timer of ${PERIOD_MS} ms ran`,
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  });
  let dueMs = 0;
  const wait = () => {
    dueMs = monotonicMs() + PERIOD_MS;
    setTimeout(measure, PERIOD_MS).unref();
  };
  const measure = () => {
    histogram.observe(Math.max(0, monotonicMs() - dueMs) / 1000);
    wait();
  };
  wait();
}
