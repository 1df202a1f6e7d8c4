import { median } from '../statistics/index.js';
import type { HostShares, ProofVerdict, ServedLoad, ServedPlan, ServingProof } from './serving-proof.js';

/** How far served may lie from forecast. */
export const proofLimits = { throughput: 0.1, p99: 0.2 } as const;

/** The proof that several loads of one plan give. */
export function servingProof(plan: ServedPlan, repetitions: readonly ServedLoad[]): ServingProof {
  const ranked = [...repetitions].sort((a, b) => a.ratio.p99 - b.ratio.p99);
  const middle = ranked[Math.floor((ranked.length - 1) / 2)]!;
  return { ...middle, plan, repetitions: [...repetitions], verdict: proofVerdict(repetitions) };
}

export function loadHeld({ ratio }: Pick<ServedLoad, 'ratio'>): boolean {
  return within(ratio);
}

function proofVerdict(loads: readonly ServedLoad[]): ProofVerdict {
  const ratio = medianRatio(loads.map((load) => load.ratio));
  const outside = loads.filter((load) => !loadHeld(load)).length;
  const figures = `throughput ${ratio.throughput.toFixed(3)}, p99 ${ratio.p99.toFixed(2)} of the forecast (medians of ${loads.length})`;
  if (within(ratio)) {
    const alone = outside === 0 ? '' : `; ${outside} of ${loads.length} loads missed by itself`;
    return { held: true, reason: null, sentence: `The forecast held: ${figures}${alone}.` };
  }
  const replayed = medianRatio(loads.map((load) => load.replayedRatio));
  const cause = `${launchesText(loads)}; ${hostText(loads)}${overlapText(loads)}`;
  if (within(replayed))
    return {
      held: false,
      reason: 'launches-moved',
      sentence: `The forecast missed: ${figures}. Launches moved: ${cause}. With the launch times of the loads themselves the same simulation gives p99 within ${percent(replayed.p99 - 1)} of what was served.`,
    };
  return {
    held: false,
    reason: 'queue-model',
    sentence: `The forecast missed: ${figures}. With the launch times of the loads themselves the simulation is off as well (p99 ${replayed.p99.toFixed(2)}): the model of the queue leaves something out. Launches: ${cause}.`,
  };
}

function within({ throughput, p99 }: ServedLoad['ratio']): boolean {
  return Math.abs(throughput - 1) <= proofLimits.throughput && Math.abs(p99 - 1) <= proofLimits.p99;
}

function medianRatio(ratios: readonly ServedLoad['ratio'][]): ServedLoad['ratio'] {
  return { throughput: median(ratios.map((each) => each.throughput)), p99: median(ratios.map((each) => each.p99)) };
}

/** How the launches under load differ from those that were planned with. */
function launchesText(loads: readonly ServedLoad[]): string {
  const means = loads.map(({ moved }) => moved.mean);
  const tails = loads.flatMap(({ moved }) => moved.p99 ?? []);
  const tail = tails.length === 0 ? '' : `, their 99th percentile ${change(median(tails))}`;
  const spread = `${change(Math.min(...means))} to ${change(Math.max(...means))}`;
  return `they took ${change(median(means))} of the time planned with on average (${spread} in single loads)${tail}`;
}

function hostText(loads: readonly ServedLoad[]): string {
  const served = meanShares(loads.map(({ host }) => host));
  const rehearsed = meanShares(loads.map(({ rehearsalHost }) => rehearsalHost));
  if (served.cpuSteal === null || served.otherLoad === null) return 'what else the host did is not known';
  const before =
    rehearsed.cpuSteal === null || rehearsed.otherLoad === null
      ? ''
      : ` (rehearsing: ${percent(rehearsed.cpuSteal)} and ${percent(rehearsed.otherLoad)})`;
  return `the hypervisor stole ${percent(served.cpuSteal)} of the CPU time and others used ${percent(served.otherLoad)}${before}`;
}

/** Where the intervals of both p99 meet, the difference may be chance: longer loads would tell. */
function overlapText(loads: readonly ServedLoad[]): string {
  const meeting = loads.filter(({ forecast, served }) => {
    const [a, b] = [forecast.p99Interval, served.p99Interval];
    return a !== null && b !== null && a.lowMs <= b.highMs && b.lowMs <= a.highMs;
  }).length;
  return meeting === 0
    ? ''
    : `; in ${meeting} of ${loads.length} loads the intervals of both p99 meet, so longer loads might tell otherwise`;
}

function meanShares(hosts: readonly HostShares[]): HostShares {
  const of = (key: keyof HostShares) => {
    const known = hosts.flatMap((host) => host[key] ?? []);
    return known.length === 0 ? null : known.reduce((sum, share) => sum + share, 0) / known.length;
  };
  return { cpuSteal: of('cpuSteal'), otherLoad: of('otherLoad') };
}

/** A ratio as a share of what it is a ratio of: 1.12 = 112 %. */
function change(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

function percent(share: number): string {
  return `${(Math.abs(share) * 100).toFixed(1)} %`;
}
