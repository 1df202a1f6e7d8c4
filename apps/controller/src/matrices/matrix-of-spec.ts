import { anyDevice, defaultPriority, type Matrix, type TrialSpec } from '@octet/domain';

/** The request that would have asked for this one trial and nothing else. */
export function matrixOfSpec(name: string, spec: TrialSpec): Matrix {
  const { model, dataset, shapes, accuracy } = spec;
  return {
    name,
    models: [{ source: { sha256: model.sha256 }, shapes: [shapes], data: dataset?.sha256 ?? null, accuracy }],
    batches: [spec.batch],
    variants: [...spec.floats, ...(spec.recipes.length > 0 ? (['int8'] as const) : [])],
    int8: spec.recipes,
    devices: { ...anyDevice, classes: [spec.deviceClass], runtimes: [spec.runtime], threads: spec.threads },
    measure: spec.plan,
    priority: defaultPriority,
    seed: spec.seed,
    force: spec.force,
  };
}
