/** Work that comes back: each run starts when the one before it is over; failures are logged and tried again. */
import type { Logger } from '../telemetry/logger.ts';

export interface RepeatedWork {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

/** Gives the call that stops all and waits for what is running. */
export function repeat(works: readonly RepeatedWork[], logger: Logger): () => Promise<void> {
  const running = new Set<Promise<void>>();
  const timers = works.map(({ name, everyMs, run }) => {
    let busy = false;
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      const work: Promise<void> = run()
        .catch((error: unknown) => logger.error({ work: name, error }, 'repeated work failed'))
        .finally(() => {
          busy = false;
          running.delete(work);
        });
      running.add(work);
    }, everyMs);
    return timer;
  });
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(running);
  };
}
