import {
  defaultPriority,
  isOwnModel,
  type DeviceSelector,
  type Matrix,
  type MatrixModel,
  type Recipe,
} from '@octet/domain';

/** A matrix as its file would be written: what `parseMatrix` reads as the same matrix. Keys that say nothing are left out. */
export function matrixFileOf(matrix: Matrix): Record<string, unknown> {
  const { name, models, batches, variants, int8, devices, measure, priority, seed, force } = matrix;
  return {
    name,
    models: models.map(modelEntry),
    batches,
    variants,
    ...(int8.length === 0 ? {} : { int8: int8.map(recipeEntry) }),
    devices: selectorEntry(devices),
    measure,
    ...(priority === defaultPriority ? {} : { priority }),
    ...(seed === 1 ? {} : { seed }),
    ...(force ? { force } : {}),
  };
}

function modelEntry({ source, shapes, data, accuracy }: MatrixModel): Record<string, unknown> {
  return {
    ...source,
    ...(shapes.length === 0 ? {} : { shapes }),
    ...(data === null ? {} : { data }),
    ...(accuracy === null ? {} : { accuracy }),
  };
}

function recipeEntry(recipe: Recipe): Record<string, unknown> {
  if (isOwnModel(recipe)) return { ...recipe };
  const { calibrator, exclude, ...rest } = recipe;
  return { ...rest, ...(calibrator === null ? {} : { calibrator }), ...(exclude.length === 0 ? {} : { exclude }) };
}

function selectorEntry(devices: DeviceSelector): Record<string, unknown> | 'all' {
  const asked = Object.fromEntries(Object.entries(devices).filter(([, value]) => value !== null));
  return Object.keys(asked).length === 0 ? 'all' : asked;
}
