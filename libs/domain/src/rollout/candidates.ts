import type { LeftOut } from './curves-from-results.js';
import { enginePerS, selectEngines, type LatencyCurve, type LatencyPoint } from './latency-curve.js';
import { nsPerMs, type RolloutRequest, type Way } from './rollout-plan.js';
import type { ServingPolicy } from './simulate.js';

/** Every policy of one way to serve one variant that is worth simulating; `missing` says why there is none. */
export interface CandidateGroup {
  variant: string;
  way: Way;
  policies: ServingPolicy[];
  missing: string;
}

/** Share of the slack under the bound that batch scheduling may spend on waiting; the search refines between them. */
export const waitShares = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
/** Exact enumeration of engine sets up to this many sizes; of more, only runs of neighbouring sizes and pairs. */
const enumerableSizes = 8;

export function candidateGroups(
  curve: LatencyCurve,
  request: RolloutRequest,
): { groups: CandidateGroup[]; leftOut: LeftOut[] } {
  const wanted = request.batches ?? curve.points.map((point) => point.batch);
  const { points, missing } = selectEngines(curve, wanted);
  const refusals = points.map((point) => engineRefusal(point, request));
  const engines = points.filter((_, index) => refusals[index] === null);
  const sets = engineSets(engines).filter((set) => fits(set, request));
  const group = (way: Way, policies: ServingPolicy[], none: string): CandidateGroup => ({
    variant: curve.variant,
    way,
    policies,
    missing: none,
  });
  const singles = engines.filter(({ batch }) => batch === 1);
  const batches = engines.filter(({ batch }) => batch > 1);
  // Engines that are there, but may not be planned with.
  const refused = (of: (batch: number) => boolean, none: string) =>
    points.some(({ batch }) => of(batch))
      ? 'no engine of that size may be planned with (see what is not proposed)'
      : none;
  return {
    groups: [
      group(
        'linear',
        singles.map(linear),
        refused((batch) => batch === 1, 'it needs an engine of batch 1'),
      ),
      group(
        'batch',
        batches.flatMap((engine) => batchPolicies(engine, request.p99Ns)),
        refused((batch) => batch > 1, 'it needs an engine of a larger batch than 1'),
      ),
      group('multi-engine', sets.map(multiEngine), 'it needs two engines that fit together'),
    ],
    leftOut: [
      ...missing.map((batch) => leftOut(curve, batch, 'it lies outside what was measured: nothing is extrapolated')),
      ...points.flatMap(({ batch }, index) => {
        const reason = refusals[index] ?? null;
        return reason === null ? [] : [leftOut(curve, batch, reason)];
      }),
    ],
  };
}

function leftOut({ variant }: LatencyCurve, batch: number, reason: string): LeftOut {
  return { variant, batch, reason };
}

const linear = (engine: LatencyPoint): ServingPolicy => ({ kind: 'linear', engine });
const multiEngine = (engines: LatencyPoint[]): ServingPolicy => ({ kind: 'multi-engine', engines });

function batchPolicies(engine: LatencyPoint, p99Ns: number): ServingPolicy[] {
  const slack = Math.max(0, p99Ns - engine.timeNs);
  return [...new Set(waitShares.map((share) => Math.round(share * slack)))].map((waitNs) => ({
    kind: 'batch',
    engine,
    waitNs,
  }));
}

/** Why one engine alone is no use; null when it is. */
function engineRefusal(point: LatencyPoint, request: RolloutRequest): string | null {
  if (point.timeNs > request.p99Ns) return `it takes ${point.timeNs / nsPerMs} ms, over the bound`;
  if (fits([point], request)) return null;
  return point.memoryBytes === null
    ? 'its memory is not known: it can not be planned with under a memory limit'
    : 'it does not fit the memory limit';
}

function fits(engines: readonly LatencyPoint[], { memoryBytes }: RolloutRequest): boolean {
  if (memoryBytes === null) return true;
  return engines.reduce((sum, engine) => sum + (engine.memoryBytes ?? Infinity), 0) <= memoryBytes;
}

/** Sets of two engines or more: all of them for few sizes, else runs of neighbouring sizes, and all pairs. */
export function engineSets(engines: readonly LatencyPoint[]): LatencyPoint[][] {
  const sets: LatencyPoint[][] = [];
  if (engines.length <= enumerableSizes) {
    for (let mask = 1; mask < 1 << engines.length; mask++) {
      const set = engines.filter((_, index) => (mask >> index) & 1);
      if (set.length > 1) sets.push(set);
    }
    return sets;
  }
  for (let from = 0; from < engines.length; from++) {
    for (let to = from + 1; to < engines.length; to++) {
      sets.push(engines.slice(from, to + 1));
      if (to > from + 1) sets.push([engines[from]!, engines[to]!]);
    }
  }
  return sets;
}

export function enginesOf(policy: ServingPolicy): readonly LatencyPoint[] {
  return policy.kind === 'multi-engine' ? policy.engines : [policy.engine];
}

/** Most requests per second of one device when the queue never empties. */
export function capacityPerS(policy: ServingPolicy): number {
  return Math.max(...enginesOf(policy).map(enginePerS));
}
