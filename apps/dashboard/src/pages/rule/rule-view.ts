import {
  breakEvenFit,
  defaultNoiseFloor,
  ruleReport,
  sweepPoints,
  type BreakEvenFit,
  type RuleCount,
  type RuleReport,
} from '@octet/domain';
import type { StoredSweep } from '@octet/protocol';
import { classDetail, formatCount } from '../../format.js';

/** One map: the newest grid of a device class, runtime and family, and what it says. */
export interface RuleView {
  key: string;
  label: string;
  sweep: StoredSweep;
  rule: RuleReport;
  fit: BreakEvenFit | null;
}

/** One view for each device class, runtime and family; of several grids the newest (the list comes newest first). */
export function ruleViews(sweeps: readonly StoredSweep[]): RuleView[] {
  const newest = new Map<string, StoredSweep>();
  for (const sweep of sweeps) if (!newest.has(keyOf(sweep))) newest.set(keyOf(sweep), sweep);
  return [...newest].map(([key, sweep]) => {
    const points = sweepPoints(sweep.cells);
    const rule = ruleReport(points, defaultNoiseFloor);
    return { key, label: labelOf(sweep), sweep, rule, fit: breakEvenFit(points) };
  });
}

function keyOf({ device, runtime, definition }: StoredSweep): string {
  return `${device.class} ${runtime.name} ${definition.family}`;
}

function labelOf({ device, runtime, definition }: StoredSweep): string {
  const family = definition.family === 'convolution' ? 'convolutions' : 'dense layers';
  return [device.name, classDetail(device.class), runtime.name, family].filter((part) => part !== '').join(', ');
}

/** What the input axis counts. */
export function sizeName({ definition }: Pick<StoredSweep, 'definition'>): string {
  return definition.family === 'convolution' ? 'side of the input' : 'rows of the input';
}

/** `true in 9 of 11 steps, contradicted in 2` and whether the half holds, in a word. */
export function ruleHalf({ holds, contradicted, notTold }: RuleCount): { word: string; says: string } {
  const total = holds + contradicted + notTold;
  const told = holds + contradicted;
  const word =
    told === 0
      ? 'not to be told'
      : holds >= 2 * contradicted
        ? 'holds'
        : contradicted >= 2 * holds
          ? 'does not hold'
          : 'mixed';
  const parts = [
    `true in ${holds} of ${formatCount(total, 'step')} between neighbouring cells`,
    `contradicted in ${contradicted}`,
  ];
  if (notTold > 0) parts.push(`too close to tell in ${notTold}`);
  return { word, says: parts.join(', ') };
}

/** From which weights of a layer on INT8 pays at one input size; null weights: never on this grid's slope. */
export interface BreakEvenLine {
  size: number;
  weightsPerLayer: number | null;
  low: number | null;
  high: number | null;
  withinGrid: boolean;
}

export function breakEvenLines({ fit, sweep }: Pick<RuleView, 'fit' | 'sweep'>): BreakEvenLine[] {
  const per = (weights: number | null) => (weights === null ? null : weights / sweep.definition.depth);
  return (fit?.lines ?? []).map(({ size, weights, low, high, withinGrid }) => ({
    size,
    weightsPerLayer: per(weights),
    low: per(low),
    high: per(high),
    withinGrid,
  }));
}
