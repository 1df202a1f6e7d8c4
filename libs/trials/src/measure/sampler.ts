import type { TelemetrySample } from '@octet/domain';
import type { TelemetrySource } from '../host/telemetry.js';

const intervalMs = 1000;

export interface RunningSampler {
  /** Grows while the sampler runs. */
  readonly samples: readonly TelemetrySample[];
  stop(): Promise<void>;
}

/** Reads a source once a second (and at once), times in ms since `zeroMs`. A reading that fails is left out. */
export function startSampler(source: TelemetrySource, nowMs: () => number): RunningSampler {
  const zeroMs = nowMs();
  const samples: TelemetrySample[] = [];
  let reading: Promise<void> = Promise.resolve();
  const read = (): void => {
    reading = reading.then(async () => {
      const sample = await source.read().catch(() => null);
      if (sample !== null) samples.push({ atMs: nowMs() - zeroMs, ...sample });
    });
  };
  read();
  const timer = setInterval(read, intervalMs);
  return {
    samples,
    stop: async () => {
      clearInterval(timer);
      await reading;
    },
  };
}
