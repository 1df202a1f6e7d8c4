import {
  curvesFromResults,
  OctetError,
  type LatencyCurve,
  type LeftOut,
  type ResultRow,
  type ServedPlan,
  type ServingProof,
} from '@octet/domain';
import { servedOrtEngine, type OpenRequest } from '@octet/engines';
import { provePlan } from '@octet/trials';
import { benchHere, type LocalBenchHooks } from './local-bench.js';
import type { TrialOptions } from './trial-options.js';

/** Engines of batch sizes measured on this machine, ready to be planned with and to be served. */
export interface LocalCurves {
  curves: LatencyCurve[];
  leftOut: LeftOut[];
  /** Opened engines by variant and batch. */
  opened: Map<string, OpenRequest>;
  deviceClass: string | null;
}

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
  const recordOf = (row: ResultRow) => records.find(({ spec }) => spec.batch === row.batch) ?? null;
  const { curves, leftOut } = curvesFromResults(rows, recordOf);
  return { curves, leftOut, opened, deviceClass: rows[0]?.device.class ?? null };
}

function engineKey(variant: string, batch: number): string {
  return `${variant} ${batch}`;
}

/** Serves the plan on this machine for `seconds` and compares with its forecast. */
export async function provePlanHere(
  plan: ServedPlan,
  local: LocalCurves,
  seconds: number,
  seed: number,
  signal: AbortSignal,
): Promise<ServingProof> {
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
  return provePlan({ plan, engines, seconds, seed: seed + 1000, signal });
}
