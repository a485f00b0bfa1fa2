/** How late the server's event loop was since the last time that somebody asked. */

/** The timer that measures runs every so many ms: a loop that is never late shows this. */
const RESOLUTION_MS = 10;

export async function eventLoopLagMs(anyUrl: string): Promise<{ p50: number; p99: number; max: number }> {
  const text = await (await fetch(new URL('/metrics', anyUrl))).text();
  const read = (name: string) => {
    const found = new RegExp(`^nodejs_eventloop_lag_${name}_seconds(?:{.*?})? (\\S+)`, 'm').exec(text);
    return Math.max(0, Number(found?.[1]) * 1000 - RESOLUTION_MS);
  };
  return { p50: read('p50'), p99: read('p99'), max: read('max') };
}
