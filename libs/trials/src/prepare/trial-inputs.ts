import type { TrialRecord, TrialSpec } from '@octet/domain';
import type { TensorMap } from '@octet/engines';
import {
  randomDataset,
  readDataset,
  splitHeldOut,
  subset,
  type Dataset,
  type HeldOutSplit,
  type InputSpec,
} from '@octet/quantization';

/** Calibration and its held-out part have a seed of their own, the same for all trials: a table is shared by all devices. */
export const calibrationSeed = 1;
/** Samples that a random set holds at least, and its calibrating part. */
const randomSamples = 16;
const calibratingShare = 0.75;

/** Random samples are as many as let the calibrating part fill one batch of a model that fixes its batch. */
export function randomSampleCount(fixedBatch: number): number {
  return Math.max(randomSamples, Math.ceil(fixedBatch / calibratingShare) + 1);
}

export interface TrialInputs {
  /** The batch that every engine of the trial runs in every round. */
  batch: TensorMap;
  /** null where nothing is run that has inputs. */
  split: HeldOutSplit | null;
  source: TrialRecord['inputs']['source'];
  seed: number;
}

/**
 * The inputs of a trial: from its dataset (the first samples of the held-out part, from the start again if the batch is
 * larger), or random ones that the seed decides. `fixedBatch`: see `fixedBatch` of model-inputs.
 *
 * @throws OctetError of `readDataset`.
 */
export async function trialInputs(
  spec: TrialSpec,
  inputs: readonly InputSpec[],
  datasetPath: string | null,
  fixedBatch = 1,
): Promise<TrialInputs & { split: HeldOutSplit }> {
  const dataset =
    datasetPath === null
      ? madeUp(spec, inputs, fixedBatch)
      : await readDataset(datasetPath, { inputs: sampled(inputs) });
  const split = splitHeldOut(dataset, calibrationSeed);
  const source = datasetPath === null ? 'random' : 'dataset';
  return { batch: firstBatch(split.heldOut, spec.batch), split, source, seed: calibrationSeed };
}

function madeUp(spec: TrialSpec, inputs: readonly InputSpec[], fixedBatch: number): Dataset {
  return randomDataset(inputs, spec.shapes, calibrationSeed, randomSampleCount(fixedBatch));
}

/** The first dimension counts samples. */
function sampled(inputs: readonly InputSpec[]): InputSpec[] {
  return inputs.map((input) => ({ ...input, dims: input.dims.map((dim, index) => (index === 0 ? -1 : dim)) }));
}

function firstBatch(dataset: Dataset, size: number): TensorMap {
  const indices = Int32Array.from({ length: size }, (_, index) => index % dataset.count);
  return subset(dataset, indices, `batch-${size}`).batch(0, size);
}

/** For runtimes that execute nothing. */
export const noInputs: TrialInputs = { batch: {}, split: null, source: 'random', seed: calibrationSeed };
