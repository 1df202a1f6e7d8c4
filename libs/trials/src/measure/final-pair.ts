import { endToEndNs, type RoundRecord } from '@octet/domain';
import type { TrialEngine } from './open-engine.js';

/** The fastest float and the fastest INT8 engine of a trial. */
export interface FinalPair {
  float: TrialEngine;
  int8: TrialEngine;
}

export function finalPair(engines: readonly TrialEngine[], rounds: readonly RoundRecord[]): FinalPair | null {
  const fastest = (wanted: (engine: TrialEngine) => boolean): TrialEngine | null => {
    const timed = engines
      .filter(({ record, built }) => record.status === 'measured' && built !== null)
      .filter(wanted)
      .flatMap((engine) => {
        const ns = endToEndNs(rounds, engine.plan.label);
        return ns === null ? [] : [{ engine, ns }];
      });
    return timed.toSorted((a, b) => a.ns - b.ns)[0]?.engine ?? null;
  };
  const float = fastest(({ plan }) => plan.label === plan.variant && plan.variant !== 'int8');
  const int8 = fastest(({ plan }) => plan.variant === 'int8');
  return float === null || int8 === null ? null : { float, int8 };
}
