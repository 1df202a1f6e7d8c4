import { isDynamic, OctetError, type QuantizationRecipe } from '@octet/domain';
import type { DropBudget, QuantizationTarget } from '@octet/quantization';
import { numberWithin, oneOf, threadsOf, wholeNumber } from './float-runner.js';

/** What commander hands over. */
export interface RawQuantizeOptions {
  data?: string;
  scheme: string;
  calibrator?: string;
  output: string;
  table?: string;
  cache?: string;
  target: string;
  weightBits: string;
  perTensor?: boolean;
  biasCorrection?: boolean;
  exclude?: string;
  percentile: string;
  batchSize?: string;
  batches?: string;
  maxDrop?: string;
  metric: string;
  seed: string;
  threads?: string;
  json?: boolean;
}

export interface QuantizeOptions {
  recipe: QuantizationRecipe;
  target: QuantizationTarget;
  dataPath: string | null;
  outPath: string;
  tablePath: string | null;
  cachePath: string | null;
  percentile: number;
  /** null: the model's own. */
  batchSize: number | null;
  batches: number | null;
  drop: DropBudget | null;
  seed: number;
  threads: number;
}

const schemes = ['static-symmetric', 'static-asymmetric', 'dynamic-symmetric', 'dynamic-asymmetric'] as const;
const calibrators = ['auto', 'max', 'percentile', 'entropy', 'mse'] as const;
const targets = ['onnxruntime-cpu', 'onnxruntime-cuda', 'tensorrt'] as const;
const metrics = ['top1', 'top5', 'cosine'] as const;

/** Parses the options of `octet quantize`. Throws OctetError `option-invalid` naming the option. */
export function parseQuantizeOptions(raw: RawQuantizeOptions): QuantizeOptions {
  const recipe = recipeOf(raw);
  const maxDrop = raw.maxDrop === undefined ? null : dropLimit(raw.maxDrop);
  if (maxDrop !== null && raw.data === undefined) {
    throw new OctetError('option-invalid', '--max-drop needs --data: the drop is measured on held-out inputs.');
  }
  return {
    recipe,
    target: oneOf('--target', raw.target, targets),
    dataPath: raw.data ?? null,
    outPath: raw.output,
    tablePath: raw.table ?? null,
    cachePath: raw.cache ?? null,
    percentile: numberWithin('--percentile', raw.percentile, 50, 100),
    batchSize: raw.batchSize === undefined ? null : wholeNumber('--batch-size', raw.batchSize, 1),
    batches: raw.batches === undefined ? null : wholeNumber('--batches', raw.batches, 1),
    drop: maxDrop === null ? null : { metric: oneOf('--metric', raw.metric, metrics), maxDrop },
    seed: wholeNumber('--seed', raw.seed, 0),
    threads: threadsOf(raw.threads),
  };
}

function dropLimit(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new OctetError('option-invalid', `--max-drop must be a number from 0 to 1, not "${text}".`);
}

function recipeOf(raw: RawQuantizeOptions): QuantizationRecipe {
  const scheme = oneOf('--scheme', raw.scheme, schemes);
  const dynamic = isDynamic(scheme);
  if (dynamic && raw.calibrator !== undefined) {
    throw new OctetError('option-invalid', `Scheme ${scheme} finds its ranges at run time: leave --calibrator out.`);
  }
  if (dynamic && (raw.table !== undefined || raw.cache !== undefined)) {
    throw new OctetError('option-invalid', `Scheme ${scheme} has no calibration table: leave --table and --cache out.`);
  }
  if (dynamic && raw.biasCorrection === true) {
    throw new OctetError('option-invalid', `Scheme ${scheme} has no calibrated means: leave --bias-correction out.`);
  }
  const bits = oneOf('--weight-bits', raw.weightBits, ['7', '8']);
  return {
    scheme,
    calibrator: dynamic ? null : oneOf('--calibrator', raw.calibrator ?? 'auto', calibrators),
    weightBits: bits === '7' ? 7 : 8,
    granularity: raw.perTensor === true ? 'per-tensor' : 'per-channel',
    exclude: raw.exclude === undefined ? [] : raw.exclude.split(',').filter(Boolean),
    placement: 'explicit',
    ...(raw.biasCorrection !== undefined && { biasCorrection: raw.biasCorrection }),
  };
}
