import { isOctetError } from '@octet/domain';

/** A started program: stops on request, and says when it has ended. */
export interface Startable {
  exited: Promise<unknown>;
  askToStop(): void;
  stop(graceMs?: number): Promise<void>;
}

export interface Kept {
  /** A first signal; the program ends in its own time. */
  askToStop(): void;
  /** No more restarts; resolves when the program has ended. */
  stop(graceMs?: number): Promise<void>;
}

const firstDelayMs = 250;
const longestDelayMs = 10_000;
/** A program that lived this long is in order: its next death starts with the shortest delay again. */
const healthyMs = 30_000;

export function restartDelayMs(deathsInARow: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, deathsInARow - 1));
}

/**
 * Starts a program and starts it again whenever it ends, with growing delays.
 * The first start's error is the caller's; later ones are told and tried again.
 */
export async function keepRunning(
  name: string,
  start: () => Promise<Startable>,
  tell: (line: string) => void,
): Promise<Kept> {
  let current: Startable | null = await start();
  let startedMs = performance.now();
  let stopping = false;
  let deaths = 0;
  let wake: () => void = () => undefined;

  async function restart(): Promise<void> {
    deaths = performance.now() - startedMs > healthyMs ? 1 : deaths + 1;
    const delayMs = restartDelayMs(deaths);
    tell(`${name} ended; starting it again in ${delayMs} ms`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (stopping) return;
    startedMs = performance.now();
    try {
      current = await start();
    } catch (error) {
      tell(`${name} does not start: ${isOctetError(error) ? error.message : String(error)}`);
    }
  }

  async function watch(): Promise<void> {
    while (!stopping) {
      await current?.exited;
      current = null;
      if (!stopping) await restart();
    }
  }
  const watching = watch();
  return {
    askToStop: () => current?.askToStop(),
    async stop(graceMs) {
      stopping = true;
      wake();
      await current?.stop(graceMs);
      await watching;
    },
  };
}
