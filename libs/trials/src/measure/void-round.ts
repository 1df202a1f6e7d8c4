import { median, type Refusal, type TelemetrySample } from '@octet/domain';

/** When each engine ran within its round, ms since the first round began. */
export interface EngineWindow {
  label: string;
  fromMs: number;
  toMs: number;
}

/** Clocks of two variants in one round may differ by this much. */
const clockTolerance = 0.02;
const voidingThrottle = /thermal|hw[-_ ]?slowdown|hardware|power[-_ ]?brake/i;

/**
 * Why a round does not count: thermal or hardware throttling in it, or a median SM clock that differs by more than 2 %
 * between variants. The software power cap is the normal state of some GPUs and voids nothing; a CPU's clock is recorded
 * only (a virtual machine does not tell the true one). null for a good round.
 */
export function voidReason(windows: readonly EngineWindow[], telemetry: readonly TelemetrySample[]): Refusal | null {
  const during = telemetry.filter(({ atMs }) => windows.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs));
  const throttle = during.flatMap((sample) => sample.throttle).find((reason) => voidingThrottle.test(reason));
  if (throttle !== undefined) {
    return { code: 'throttled', message: `The device throttled (${throttle}) during this round: improve its cooling.` };
  }
  return clocksDiffer(windows, telemetry);
}

function clocksDiffer(windows: readonly EngineWindow[], telemetry: readonly TelemetrySample[]): Refusal | null {
  const clocks = windows.flatMap(({ fromMs, toMs }) => {
    const inside = telemetry.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    const known = inside.flatMap(({ smClockMhz }) => (smClockMhz === null ? [] : [smClockMhz]));
    return known.length === 0 ? [] : [clockUnderLoad(known)];
  });
  if (clocks.length < 2) return null;
  const [slowest, fastest] = [Math.min(...clocks), Math.max(...clocks)];
  if (fastest <= slowest * (1 + clockTolerance)) return null;
  const message = `The clock was ${Math.round(slowest)} MHz for one variant and ${Math.round(fastest)} MHz for another: lock the clocks.`;
  return { code: 'clock-differs', message };
}

/** Below this share of the highest clock the device idles: engines that are processes of their own load before they run. */
const loadedShare = 0.8;

function clockUnderLoad(clocks: readonly number[]): number {
  const highest = Math.max(...clocks);
  return median(clocks.filter((clock) => clock >= highest * loadedShare));
}
