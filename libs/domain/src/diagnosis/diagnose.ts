import type { Reason } from '../result-row.js';
import type { Diagnosis, DiagnosisFacts } from './facts.js';

const diagnoses: readonly Diagnosis[] = [];

/** Every diagnosis of design section 7 that applies, in the order of that table. */
export function diagnose(facts: DiagnosisFacts): Reason[] {
  return diagnoses.flatMap((diagnosis) => diagnosis(facts) ?? []);
}
