import { nsPerMs, type RolloutPlan, type RolloutRequest } from './rollout-plan.js';

/** The answer for people: what to serve with, and what that is worth against the best other variant. */
export function planSentence(best: RolloutPlan, alternatives: readonly RolloutPlan[], request: RolloutRequest): string {
  const engines =
    best.engines.length === 1 ? `an engine of batch ${best.engines[0]}` : `engines of batch ${best.engines.join(', ')}`;
  const devices = best.instances === 1 ? 'one device' : `${best.instances} devices`;
  const head = `${best.variant} by ${best.policy} scheduling with ${engines} serves ${round(best.throughputPerS)}/s with p99 ${round(best.p99Ms)} ms (bound ${round(request.p99Ns / nsPerMs)} ms) on ${devices}`;
  const rival = alternatives.find((plan) => plan.variant !== best.variant);
  if (rival !== undefined) return `${head}: ${comparison(best, rival, request.ratePerS)}.`;
  const others = request.curves.filter((curve) => curve.variant !== best.variant).map((curve) => curve.variant);
  return others.length === 0 ? `${head}.` : `${head}; ${others.join(' and ')} can not.`;
}

function comparison(best: RolloutPlan, rival: RolloutPlan, ratePerS: number | null): string {
  if (ratePerS === null)
    return `${round(best.throughputPerS / rival.throughputPerS)} times the best of ${rival.variant}${cheaper(best, rival)}`;
  if (rival.instances === best.instances)
    return `as many devices as ${rival.variant}, which has p99 ${round(rival.p99Ms)} ms`;
  return `${rival.variant} needs ${rival.instances}${cheaper(best, rival)}`;
}

function cheaper(best: RolloutPlan, rival: RolloutPlan): string {
  if (best.costPerMillion === null || rival.costPerMillion === null || rival.costPerMillion === 0) return '';
  const percent = Math.round((1 - best.costPerMillion / rival.costPerMillion) * 100);
  return percent === 0 ? '' : `, ${percent} % cheaper`;
}

/** Three digits, or whole numbers from 100 on. */
export function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3)).toString();
}
