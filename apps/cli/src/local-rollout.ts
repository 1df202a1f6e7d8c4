import {
  curvesFromResults,
  OctetError,
  type LatencyCurve,
  type LeftOut,
  type ResultRow,
  type ServedPlan,
  type ServingProof,
} from '@octet/domain';
import { servedOrtEngine, type OpenRequest, type ServedEngine } from '@octet/engines';
import { provePlan, rehearsedCurve } from '@octet/trials';
import { benchHere, type LocalBenchHooks } from './local-bench.js';
import type { TrialOptions } from './trial-options.js';

/** Engines of batch sizes measured on this machine, ready to be planned with and to be served. */
export interface LocalCurves {
  /** As rehearsed in a serving process: what plans are made of. */
  curves: LatencyCurve[];
  /** As measured in rounds. */
  inRounds: LatencyCurve[];
  leftOut: LeftOut[];
  /** Opened engines by variant and batch. */
  opened: Map<string, OpenRequest>;
  deviceClass: string | null;
}

/** Rehearsal of each engine before a plan is made. */
const rehearsalSeconds = 6;

export interface LocalRolloutHooks extends LocalBenchHooks {
  /** Told before the engines of a variant are rehearsed for serving. */
  onRehearsal: (variant: string, seconds: number) => void;
}

/**
 * Measures every batch size of the options here, in rounds (which engine is right and quick), then as a server runs them: only
 * `variant` where it is given. The curves carry the raw samples, so that simulations draw from them.
 */
export async function curvesHere(
  modelPath: string,
  options: TrialOptions,
  hooks: LocalRolloutHooks,
  variant: string | null = null,
): Promise<LocalCurves> {
  const opened = new Map<string, OpenRequest>();
  let batch = 0;
  const { rows, records } = await benchHere(modelPath, options, {
    ...hooks,
    onTrial: (spec, index, total) => {
      batch = spec.batch;
      hooks.onTrial(spec, index, total);
    },
    onEngine: (request) => void opened.set(engineKey(request.engine.manifest.variant, batch), request),
  });
  const recordOf = (row: ResultRow) => records.find(({ spec }) => spec.batch === row.batch) ?? null;
  const found = curvesFromResults(rows, recordOf);
  const { leftOut } = found;
  const inRounds = found.curves.filter((curve) => variant === null || curve.variant === variant);
  const curves: LatencyCurve[] = [];
  for (const curve of inRounds) {
    hooks.onRehearsal(curve.variant, rehearsalSeconds * curve.points.length);
    const engines = curve.points.map(({ batch }) => servedEngine(opened, curve.variant, batch));
    const { seed } = options;
    curves.push(await rehearsedCurve({ curve, engines, secondsEach: rehearsalSeconds, seed, signal: hooks.signal }));
  }
  return { curves, inRounds, leftOut, opened, deviceClass: rows[0]?.device.class ?? null };
}

function servedEngine(opened: LocalCurves['opened'], variant: string, batch: number): ServedEngine {
  const request = opened.get(engineKey(variant, batch));
  if (request === undefined)
    throw new OctetError(
      'engine-missing',
      `The plan's engine of batch ${batch} was not measured here: name it in --engines.`,
    );
  return servedOrtEngine(request.engine, batch, request.inputs);
}

function engineKey(variant: string, batch: number): string {
  return `${variant} ${batch}`;
}

/** Serves the plan on this machine, each time for `seconds`, and compares with its forecast. */
export async function provePlanHere(
  plan: ServedPlan,
  local: LocalCurves,
  seconds: number,
  seed: number,
  signal: AbortSignal,
): Promise<ServingProof> {
  const curve = local.curves.find((candidate) => candidate.variant === plan.variant);
  const engines = plan.engines.map((batch) => {
    const served = servedEngine(local.opened, plan.variant, batch);
    return { point: curve!.points.find((candidate) => candidate.batch === batch)!, served };
  });
  return provePlan({ plan, engines, seconds, seed: seed + 1000, signal });
}
