import type { RoundRecord } from '../trial.js';
import { roundTimeNs } from './round-time.js';

/**
 * Speed-up of each round: T_float / T_int8, the times of both in that round (`roundTimeNs`; so above 1 where INT8 is faster).
 * Voided rounds and rounds lacking either variant are skipped; the order of the rounds is kept.
 */
export function pairedRatios(rounds: readonly RoundRecord[], floatLabel: string, int8Label: string): number[] {
  return rounds.flatMap((round) => {
    const float = roundTimeNs(round, floatLabel);
    const int8 = roundTimeNs(round, int8Label);
    return float === null || int8 === null ? [] : [float / int8];
  });
}
