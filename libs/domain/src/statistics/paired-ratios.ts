import type { RoundRecord } from '../trial.js';
import { median } from './summary.js';

/**
 * Speed-up of each round: T_float / T_int8, both medians of that round's samples (so above 1 where INT8 is faster). Where the
 * engines took turns, the median over the turns of the ratio of the turns' medians: both engines' n-th turns lie side by side
 * and met the same clock and the same neighbours, which a ratio of two whole rounds' medians only does on a quiet host.
 * Voided rounds and rounds lacking either variant are skipped; the order of the rounds is kept.
 */
export function pairedRatios(rounds: readonly RoundRecord[], floatLabel: string, int8Label: string): number[] {
  const ratios: number[] = [];
  for (const round of rounds) {
    if (round.voided !== null) continue;
    const float = turnMedians(round, floatLabel);
    const int8 = turnMedians(round, int8Label);
    if (float.length === 0 || int8.length === 0) continue;
    if (float.length === int8.length) ratios.push(median(float.map((time, turn) => time / (int8[turn] as number))));
    else ratios.push(median(round.samples[floatLabel] as number[]) / median(round.samples[int8Label] as number[]));
  }
  return ratios;
}

function turnMedians({ samples, turns }: RoundRecord, label: string): number[] {
  const all = samples[label] ?? [];
  if (all.length === 0) return [];
  let from = 0;
  return (turns?.[label] ?? [all.length]).map((count) => median(all.slice(from, (from += count))));
}
