import type { Reason } from '../result-row.js';
import type { Diagnosis, DiagnosisFacts } from './facts.js';
import { percent, rounded } from './layer-times.js';

const variationLimit = 0.025;

/** No verdict possible, or hardly: a trend, modes, throttling, or round medians that scatter by more than 2.5 %. */
export const unstable: Diagnosis = (facts) => {
  const findings = facts.stability.filter((finding) => finding.kind !== 'variation');
  const { counted, voided } = facts.rounds;
  const mostlyVoided = voided > counted;
  const scattered = (facts.roundVariation ?? 0) > variationLimit;
  const tooWide = facts.tooWide ?? null;
  if (findings.length === 0 && !mostlyVoided && !scattered && tooWide === null) return null;
  return {
    id: 'unstable',
    severity: severityOf(facts, findings.length > 0, mostlyVoided),
    evidence: {
      findings: findings.map(({ kind, statistic, pValue, message }) => ({ kind, statistic, pValue, message })),
      halfWidth: tooWide === null ? null : rounded(tooWide),
      roundVariation: facts.roundVariation === null ? null : rounded(facts.roundVariation),
      rounds: counted,
      voided,
      throttle: facts.throttleReasons,
    },
    advice: `${whatHappened(facts)} ${nextStep(facts)}`,
  };
};

/** A drift that can't change the verdict is told, and no more. */
function severityOf(facts: DiagnosisFacts, found: boolean, mostlyVoided: boolean): Reason['severity'] {
  if (mostlyVoided || (facts.tooWide ?? null) !== null) return 'critical';
  if (!found) return 'warning';
  return facts.stabilityMatters === false ? 'info' : 'critical';
}

function whatHappened(facts: DiagnosisFacts): string {
  const findings = facts.stability.filter((finding) => finding.kind !== 'variation').map((finding) => finding.message);
  if (findings.length > 0) return findings.join(' ');
  const { counted, voided } = facts.rounds;
  if (voided > counted) return `${voided} of ${counted + voided} rounds were void.`;
  if ((facts.tooWide ?? null) !== null) {
    return `When time ran out the speed-up was known to ${percent(facts.tooWide ?? 0)} only, with the threshold inside.`;
  }
  return `The INT8 engine's round medians scatter by ${percent(facts.roundVariation ?? 0)}.`;
}

function nextStep(facts: DiagnosisFacts): string {
  if (facts.throttleReasons.length > 0) {
    return `The device throttled (${facts.throttleReasons.join(', ')}): cool it, raise its power limit, or lock its clocks (nvidia-smi -lgc), and measure again.`;
  }
  return facts.device.kind === 'cpu'
    ? 'Stop other work on this host, use a fixed governor and fewer threads than cores, and measure again with more time (measure.maxSeconds).'
    : 'Stop other work on this GPU, lock its clocks (nvidia-smi -lgc), and measure again with more time (measure.maxSeconds).';
}
