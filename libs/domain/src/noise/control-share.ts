import { proportionInterval, type ProportionInterval } from '../statistics/index.js';
import { isFalseVerdict, type ControlTrial } from './noise-floor.js';

/** Share of a device class's trials that get an A/A twin, and the fewest controls a day with any work. */
export const controlShare = 0.1;

/** What a device class measured on one day so far. */
export interface ControlCount {
  trials: number;
  controls: number;
}

/**
 * Whether the next trial of a device class and day should measure its float engine twice: the first trial of the day
 * does, then every tenth (`share`), whatever the order in which trials arrive.
 */
export function isControlDue(today: ControlCount, share = controlShare): boolean {
  return share > 0 && today.controls < Math.max(1, Math.ceil(share * (today.trials + 1)));
}

/** Rate of false verdicts among A/A controls with its exact 95 % interval; null without controls. Up to 5 % is allowed. */
export function falseVerdictRate(history: readonly ControlTrial[]): ProportionInterval | null {
  return proportionInterval(history.filter(isFalseVerdict).length, history.length);
}
