import { OctetError, type LatencyCurve, type LeftOut, type TrialSpec } from '@octet/domain';
import { routes, type CurvesDocument } from '@octet/protocol';
import { ControllerClient } from './controller-client.js';
import { modelName } from './commands/models.js';
import { curvesHere, type LocalCurves } from './local-rollout.js';
import { note } from './output.js';
import { progressLine } from './progress-line.js';
import { positive, readLatencies } from './rollout-input.js';
import { parseTrialOptions } from './trial-options.js';

/** `octet rollout` as commander gives it. */
export interface RolloutOptions {
  latencies?: string;
  device?: string;
  runtime?: string;
  p99?: string;
  rate?: string;
  price?: string;
  engines?: string;
  trace?: string;
  memory?: string;
  maxInstances?: string;
  requests: string;
  seed: string;
  split?: string;
  variant?: string;
  policy?: string;
  bursts?: string;
  dropAfter?: string;
  triton?: string;
  here?: boolean;
  prove?: string;
  data?: string;
  shape?: string[];
  threads: string;
  scheme?: string;
  calibrator?: string;
  maxSeconds: string;
  json?: boolean;
}

export interface RolloutCurves {
  curves: LatencyCurve[];
  leftOut: LeftOut[];
  /** Engines measured on this machine; null where the latencies come from elsewhere. */
  local: LocalCurves | null;
  /** Where the fleet measured them; null where it did not. */
  fleet: CurvesDocument | null;
  /** What the model is called. */
  model: string;
  /** null where nobody said what was measured. */
  deviceClass: string | null;
}

/** Latency curves from a file, from engines measured here, or from what the fleet has measured. */
export async function rolloutCurves(
  model: string | undefined,
  options: RolloutOptions,
  signal: AbortSignal,
): Promise<RolloutCurves> {
  if (options.latencies !== undefined) {
    const curves = ofVariant(readLatencies(options.latencies), options.variant);
    return {
      curves,
      leftOut: [],
      local: null,
      fleet: null,
      model: model ?? 'model',
      deviceClass: options.device ?? null,
    };
  }
  if (model === undefined)
    throw new OctetError('option-invalid', 'Name a MODEL that the fleet has measured, or give --latencies FILE.');
  return options.here ? measuredHere(model, options, signal) : measuredByFleet(model, options);
}

/** The batch sizes of --engines; null = those measured. */
export function batchesOf({ engines }: Pick<RolloutOptions, 'engines'>): number[] | null {
  return engines === undefined ? null : engines.split(',').map((text) => positive('--engines', text));
}

async function measuredHere(model: string, options: RolloutOptions, signal: AbortSignal): Promise<RolloutCurves> {
  const { data, shape, threads, scheme, calibrator, maxSeconds, seed } = options;
  const given = Object.fromEntries(
    Object.entries({ data, shape, scheme, calibrator }).filter(([, value]) => value !== undefined),
  );
  const { variant } = options;
  const trial = parseTrialOptions({
    ...given,
    threads,
    maxSeconds,
    seed,
    batch: options.engines ?? '1,4,6,10',
    // INT8 is judged against a float engine; a float one stands alone.
    ...(variant !== undefined && !variant.startsWith('int8') && { variants: variant }),
  });
  const progress = progressLine();
  const hooks = {
    onTrial: (spec: TrialSpec, index: number, total: number) =>
      note(`measuring batch ${spec.batch} (${index + 1} of ${total})`),
    onProgress: progress.tell,
    onRehearsal: (rehearsed: string, seconds: number) => {
      progress.end();
      note(`rehearsing ${rehearsed} as it will be served, ${seconds} s`);
    },
    signal,
  };
  const local = await curvesHere(model, trial, hooks, variant).finally(progress.end);
  const { leftOut, deviceClass } = local;
  return {
    curves: ofVariant(local.curves, options.variant),
    leftOut,
    local,
    fleet: null,
    model: modelName(model),
    deviceClass,
  };
}

async function measuredByFleet(model: string, { device, runtime, variant }: RolloutOptions): Promise<RolloutCurves> {
  const query = new URLSearchParams({
    model,
    ...(device !== undefined && { class: device }),
    ...(runtime !== undefined && { runtime }),
  });
  const fleet = await new ControllerClient().get<CurvesDocument>(`${routes.curves}?${query.toString()}`);
  const { curves, leftOut, deviceClass } = fleet;
  return { curves: ofVariant(curves, variant), leftOut, local: null, fleet, model: fleet.model.name, deviceClass };
}

function ofVariant(curves: LatencyCurve[], variant: string | undefined): LatencyCurve[] {
  if (variant === undefined) return curves;
  const found = curves.filter((curve) => curve.variant === variant);
  if (found.length === 0)
    throw new OctetError(
      'option-invalid',
      `--variant ${variant}: there is ${curves.map((curve) => curve.variant).join(', ') || 'none'}.`,
    );
  return found;
}
