/** One A/A control: the float engine measured against its own twin, side by side like any pair. */
export interface ControlTrial {
  /** Day of the measurement, `YYYY-MM-DD` (UTC). */
  day: string;
  /** Median ratio of the two and its interval; without unit, truth 1. */
  median: number;
  low: number;
  high: number;
  /** True if the pair was called unstable: no verdict, so no false one. */
  unstable: boolean;
}

/** What two equal engines may differ by on one device class. */
export interface NoiseFloor {
  /** Relative: 0.01 = 1 %. A gain inside it is never worth-it, a loss inside it never slower. */
  floor: number;
  /** `default` until enough controls were measured. */
  source: 'default' | 'measured';
  /** Controls that count (not unstable). */
  trials: number;
}

/** Floor of a device class that was not measured yet (design section 1). */
export const defaultNoiseFloor = 0.01;
/** From 20 values on, the 95 % quantile is an order statistic and not an extrapolation. */
const fewestControls = 20;
/** The floor follows the machine: older controls than these are history. */
export const recentControls = 200;

/**
 * Noise floor from the A/A controls of one device class, oldest first: the 95 % quantile of |ln(ratio)| over the last
 * 200 stable controls, taken as the order statistic number ceil(0.95 (n + 1)), so never an underestimate by
 * interpolation. With fewer than 20 controls it is the default, or the largest difference seen if that is larger.
 */
export function noiseFloor(history: readonly ControlTrial[]): NoiseFloor {
  const differences = history
    .filter((control) => !control.unstable)
    .slice(-recentControls)
    .map((control) => Math.abs(Math.log(control.median)))
    .sort((a, b) => a - b);
  const trials = differences.length;
  if (trials < fewestControls) {
    return { floor: Math.max(defaultNoiseFloor, differences.at(-1) ?? 0), source: 'default', trials };
  }
  const rank = Math.min(trials, Math.ceil(0.95 * (trials + 1)));
  return { floor: differences[rank - 1] as number, source: 'measured', trials };
}

export interface NoiseDay extends NoiseFloor {
  day: string;
  /** Controls of that day, unstable ones included. */
  controls: number;
  falseVerdicts: number;
}

/** The floor as it stood at the end of each day with controls, oldest first. */
export function noiseHistory(history: readonly ControlTrial[]): NoiseDay[] {
  const ordered = history.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  return [...new Set(ordered.map((control) => control.day))].map((day) => {
    const ofDay = ordered.filter((control) => control.day === day);
    const upTo = ordered.filter((control) => control.day <= day);
    return { day, ...noiseFloor(upTo), controls: ofDay.length, falseVerdicts: ofDay.filter(isFalseVerdict).length };
  });
}

/** An A/A control whose interval excludes 1 although it was not called unstable. */
export function isFalseVerdict(control: ControlTrial): boolean {
  return !control.unstable && (control.low > 1 || control.high < 1);
}
