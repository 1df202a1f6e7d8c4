import {
  curvesFromResults,
  OctetError,
  poissonArrivals,
  recipeLabel,
  type LatencyCurve,
  type LeftOut,
  type RolloutPlan,
  type TrialRecord,
} from '@octet/domain';
import { servedOrtEngine, type OpenRequest } from '@octet/engines';
import { provePlan, type RolloutProof } from '@octet/trials';
import { benchHere, type LocalBenchHooks } from './local-bench.js';
import type { TrialOptions } from './trial-options.js';

/** Engines of batch sizes measured on this machine, ready to be planned with and to be served. */
export interface LocalCurves {
  curves: LatencyCurve[];
  leftOut: LeftOut[];
  /** Opened engines by variant and batch. */
  opened: Map<string, OpenRequest>;
}

const keptSamples = 4000;

/** Measures every batch size of the options here; the curves carry the raw samples, so that simulations draw from them. */
export async function curvesHere(
  modelPath: string,
  options: TrialOptions,
  hooks: LocalBenchHooks,
): Promise<LocalCurves> {
  const opened = new Map<string, OpenRequest>();
  let batch = 0;
  const { rows, records } = await benchHere(modelPath, options, {
    ...hooks,
    onTrial: (spec, index, total) => {
      batch = spec.batch;
      hooks.onTrial(spec, index, total);
    },
    onOpen: (request) => void opened.set(engineKey(request.engine.manifest.variant, batch), request),
  });
  const { curves, leftOut } = curvesFromResults(rows);
  return { curves: curves.map((curve) => withSamples(curve, records)), leftOut, opened };
}

function engineKey(variant: string, batch: number): string {
  return `${variant} ${batch}`;
}

function withSamples(curve: LatencyCurve, records: readonly TrialRecord[]): LatencyCurve {
  return {
    ...curve,
    points: curve.points.map((point) => {
      const record = records.find((candidate) => candidate.spec.batch === point.batch);
      return record === undefined ? point : { ...point, samplesNs: samplesOf(record, curve.variant) };
    }),
  };
}

/** Raw samples of the rounds that count, thinned evenly. */
function samplesOf(record: TrialRecord, variant: string): number[] | null {
  const recipe = record.spec.recipes[0];
  const label = variant === 'int8' && recipe !== undefined ? recipeLabel(recipe) : variant;
  const all = record.rounds.flatMap((round) => (round.voided === null ? (round.samples[label] ?? []) : []));
  if (all.length === 0) return null;
  const step = Math.max(1, Math.floor(all.length / keptSamples));
  return all.filter((_, index) => index % step === 0);
}

/** Serves the plan on this machine for `seconds` and compares with its forecast. */
export async function provePlanHere(
  plan: RolloutPlan,
  local: LocalCurves,
  seconds: number,
  seed: number,
  signal: AbortSignal,
): Promise<RolloutProof> {
  const curve = local.curves.find((candidate) => candidate.variant === plan.variant);
  const engines = plan.engines.map((batch) => {
    const point = curve?.points.find((candidate) => candidate.batch === batch);
    const request = local.opened.get(engineKey(plan.variant, batch));
    if (point === undefined || request === undefined) {
      throw new OctetError(
        'engine-missing',
        `The plan's engine of batch ${batch} was not measured here: name it in --engines.`,
      );
    }
    return { point, served: servedOrtEngine(request.engine, batch, request.inputs) };
  });
  const count = Math.max(100, Math.round(plan.throughputPerS * seconds));
  return provePlan({ plan, engines, arrivals: poissonArrivals(plan.throughputPerS, count, seed + 1000), seed, signal });
}
