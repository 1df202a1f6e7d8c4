import type { BatchPoint, Diagnosis } from './facts.js';
import { rounded } from './layer-times.js';

/** The gain grows with the batch: a larger one measured gains clearly more than this one. */
export const batchTooSmall: Diagnosis = (facts) => {
  const here = facts.speedup;
  if (here === null) return null;
  const points = [...facts.otherBatches, { batch: facts.batch, ...here }].sort((a, b) => a.batch - b.batch);
  const better = points.filter((point) => point.batch > facts.batch && point.low > here.high);
  const [smallest] = better;
  if (smallest === undefined) return null;
  const best = better.reduce((most, point) => (point.median > most.median ? point : most), smallest);
  const crossover = crossoverOf(points);
  return {
    id: 'batch-too-small',
    severity: here.high < 1 ? 'warning' : 'info',
    evidence: {
      batch: facts.batch,
      median: rounded(here.median),
      best: { batch: best.batch, median: rounded(best.median), low: rounded(best.low), high: rounded(best.high) },
      crossover,
    },
    advice: `INT8 gains more at larger batches: ${best.median.toFixed(2)} at batch ${best.batch} against ${here.median.toFixed(2)} here. ${crossoverText(crossover)}Collect requests into larger batches if the latency allows it.`,
  };
};

/** INT8 starts to win between these measured batches: the largest that does not win, and the smallest that does. */
export interface Crossover {
  above: number;
  atMost: number;
}

/** Where the speed-up passes 1, as an interval of measured batches; null if it does not, or not only once. */
export function crossoverOf(points: readonly BatchPoint[]): Crossover | null {
  const sorted = [...points].sort((a, b) => a.batch - b.batch);
  const atMost = sorted.find((point) => point.low > 1)?.batch;
  const above = sorted.filter((point) => point.high < 1).at(-1)?.batch;
  return atMost === undefined || above === undefined || above >= atMost ? null : { above, atMost };
}

function crossoverText(crossover: Crossover | null): string {
  return crossover === null ? '' : `It starts to win between batch ${crossover.above} and ${crossover.atMost}. `;
}
