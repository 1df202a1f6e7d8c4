export interface FakeClock {
  /** Milliseconds since the epoch, standing still between calls of `advance`. */
  now(): number;
  /** Resolves once `advance` has passed the moment. */
  sleep(ms: number): Promise<void>;
  /** Moves time on; sleepers wake in the order of their moments, each seeing its own. */
  advance(ms: number): Promise<void>;
}

/** A clock that moves only when told. */
export function fakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let nowMs = startMs;
  let sleepers: { atMs: number; wake: () => void }[] = [];
  const nextUntil = (endMs: number) => sleepers.filter((one) => one.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    now: () => nowMs,
    sleep: (ms) => new Promise((wake) => sleepers.push({ atMs: nowMs + ms, wake })),
    async advance(ms) {
      const endMs = nowMs + ms;
      for (let next = nextUntil(endMs); next !== undefined; next = nextUntil(endMs)) {
        sleepers = sleepers.filter((one) => one !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
        // Lets whoever woke run on, and perhaps sleep again, before time moves further.
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = endMs;
    },
  };
}
