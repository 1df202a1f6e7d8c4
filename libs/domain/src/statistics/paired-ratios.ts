import type { RoundRecord } from '../trial.js';
import { median } from './summary.js';

/**
 * Speed-up of each round: T_float / T_int8, both medians of that round's samples (so above 1 where INT8 is faster).
 * Voided rounds and rounds lacking either variant are skipped; the order of the rounds is kept.
 */
export function pairedRatios(rounds: readonly RoundRecord[], floatLabel: string, int8Label: string): number[] {
  const ratios: number[] = [];
  for (const round of rounds) {
    const float = round.voided === null ? (round.samples[floatLabel] ?? []) : [];
    const int8 = round.voided === null ? (round.samples[int8Label] ?? []) : [];
    if (float.length > 0 && int8.length > 0) ratios.push(median(float) / median(int8));
  }
  return ratios;
}
