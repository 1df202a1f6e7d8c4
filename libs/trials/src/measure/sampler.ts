import type { TelemetrySample } from '@octet/domain';
import type { TelemetrySource } from '../host/telemetry.js';

const defaultIntervalMs = 1000;

export interface RunningSampler {
  /** Grows while the sampler runs. */
  readonly samples: readonly TelemetrySample[];
  stop(): Promise<void>;
}

/** Reads a source once a second, or as often as it says (and at once), times in ms since `zeroMs`. A reading that fails is left out; one that takes long is waited for, not asked for again. */
export function startSampler(source: TelemetrySource, nowMs: () => number): RunningSampler {
  const zeroMs = nowMs();
  const samples: TelemetrySample[] = [];
  let reading: Promise<void> = Promise.resolve();
  let busy = false;
  const read = (): void => {
    if (busy) return;
    busy = true;
    reading = source
      .read()
      .then((sample) => void samples.push({ atMs: nowMs() - zeroMs, ...sample }))
      .catch(() => undefined)
      .finally(() => (busy = false));
  };
  read();
  const timer = setInterval(read, source.intervalMs ?? defaultIntervalMs);
  return {
    samples,
    stop: async () => {
      clearInterval(timer);
      await reading;
    },
  };
}
