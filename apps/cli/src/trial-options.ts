import {
  defaultPlan,
  OctetError,
  recipeDefaults,
  type AccuracyBudget,
  type Calibrator,
  type FloatVariant,
  type MeasurePlan,
  type QuantizationRecipe,
  type Recipe,
  type RuntimeName,
  type Scheme,
  type Variant,
} from '@octet/domain';

/** What `octet bench` was asked, as commander gives it. */
export interface RawTrialOptions {
  batch?: string;
  shape?: string[];
  data?: string;
  threads?: string;
  variants?: string;
  runtime?: string;
  threshold?: string;
  maxSeconds?: string;
  minRounds?: string;
  scheme?: string;
  calibrator?: string;
  weightBits?: string;
  biasCorrection?: boolean;
  exclude?: string;
  ownModel?: string;
  accuracy?: string;
  seed?: string;
  force?: boolean;
  placement?: string;
  rest?: string;
}

export interface TrialOptions {
  batches: number[] | null;
  shapes: Record<string, (number | 'batch')[]>;
  data: string | null;
  threads: number | null;
  floats: FloatVariant[];
  recipes: Recipe[];
  runtime: RuntimeName;
  plan: MeasurePlan;
  accuracy: AccuracyBudget | null;
  seed: number;
  force: boolean;
}

const variants: readonly Variant[] = ['fp32', 'tf32', 'fp16', 'bf16', 'int8'];
const floats: readonly FloatVariant[] = ['fp32', 'tf32', 'fp16', 'bf16'];
const placements: readonly QuantizationRecipe['placement'][] = ['explicit', 'implicit'];
const schemes: readonly Scheme[] = ['static-symmetric', 'static-asymmetric', 'dynamic-symmetric', 'dynamic-asymmetric'];
const calibrators: readonly Calibrator[] = ['max', 'percentile', 'entropy', 'mse', 'auto'];
const runtimes: readonly RuntimeName[] = ['onnxruntime', 'tensorrt', 'onnxruntime-cuda', 'onnxruntime-tensorrt'];

/** Parses what `bench` was asked; every fault is an OctetError `option-invalid` that names the option and what it takes. */
export function parseTrialOptions(raw: RawTrialOptions): TrialOptions {
  const wanted = list(raw.variants ?? 'fp32,int8').map((name) => oneOf('--variants', name, variants));
  return {
    batches: raw.batch === undefined ? null : list(raw.batch).map((text) => integer('--batch', text, 1)),
    shapes: Object.fromEntries((raw.shape ?? []).map(parseShape)),
    data: raw.data ?? null,
    threads: raw.threads === undefined ? null : integer('--threads', raw.threads, 1),
    floats: wanted.filter((variant): variant is FloatVariant => variant !== 'int8'),
    recipes: wanted.includes('int8') ? recipesOf(raw) : [],
    runtime: oneOf('--runtime', raw.runtime ?? 'onnxruntime', runtimes),
    plan: {
      threshold: number('--threshold', raw.threshold ?? String(defaultPlan.threshold)),
      halfWidth: defaultPlan.halfWidth,
      minRounds: integer('--min-rounds', raw.minRounds ?? String(defaultPlan.minRounds), 1),
      maxSeconds: number('--max-seconds', raw.maxSeconds ?? '30'),
    },
    accuracy: raw.accuracy === undefined ? null : parseAccuracy(raw.accuracy),
    seed: integer('--seed', raw.seed ?? '1', 0),
    force: raw.force ?? false,
  };
}

/** `x=1x3x48x320`, `x:1x3x48x320` or `x=batch,3,48,320`. */
export function parseShape(text: string): [string, (number | 'batch')[]] {
  const match = /^(.+?)[=:]([0-9a-z, x]+)$/i.exec(text.trim());
  const dims =
    match?.[2]
      ?.split(/batch/)
      .join('B')
      .split(/[x, ]+/) ?? [];
  if (match === null || dims.length === 0 || dims.some((dim) => !/^(B|\d+)$/.test(dim))) {
    throw new OctetError(
      'option-invalid',
      `--shape ${text}: write NAME=DIMxDIMx..., for instance x=1x3x48x320 or x=batchx3x48x320.`,
    );
  }
  return [match[1]!, dims.map((dim) => (dim === 'B' ? 'batch' : Number(dim)))];
}

function recipesOf(raw: RawTrialOptions): Recipe[] {
  const own: Recipe[] =
    raw.ownModel === undefined
      ? []
      : restsOf(raw).map((rest) => ({ model: raw.ownModel ?? '', sha256: null, ...rest }));
  if (raw.ownModel !== undefined && raw.scheme === undefined) return own;
  const made = list(raw.scheme ?? recipeDefaults.scheme).flatMap((name) =>
    recipesOfScheme(raw, oneOf('--scheme', name, schemes)),
  );
  return [...made, ...own];
}

function recipesOfScheme(raw: RawTrialOptions, scheme: Scheme): QuantizationRecipe[] {
  const base: QuantizationRecipe = {
    ...recipeDefaults,
    scheme,
    calibrator: null,
    weightBits: integer('--weight-bits', raw.weightBits ?? '8', 7, 8) as 7 | 8,
    exclude: raw.exclude === undefined ? [] : list(raw.exclude),
  };
  if (scheme.startsWith('dynamic')) return [base];
  const names = list(raw.calibrator ?? 'max').map((name) => oneOf('--calibrator', name, calibrators));
  const places = list(raw.placement ?? recipeDefaults.placement).map((name) => oneOf('--placement', name, placements));
  const corrected = raw.biasCorrection === undefined ? {} : { biasCorrection: raw.biasCorrection };
  return names.flatMap((calibrator) =>
    places.flatMap((placement) =>
      restsOf(raw).map((rest) => ({
        ...base,
        calibrator,
        placement,
        ...(placement === 'explicit' && corrected),
        ...rest,
      })),
    ),
  );
}

/** One entry for each precision of what is not INT8; without the option, one that leaves it to the device. */
function restsOf({ rest }: RawTrialOptions): { rest?: FloatVariant }[] {
  if (rest === undefined) return [{}];
  return list(rest).map((name) => ({ rest: oneOf('--rest', name, floats) }));
}

/** `cosine>=0.99`, `sqnr>=20`, `top1<=0.01` (largest drop). */
export function parseAccuracy(text: string): AccuracyBudget {
  const match = /^(cosine|sqnr|top1|top5)\s*(>=|<=)\s*([\d.]+)$/.exec(text.trim());
  const metric = match?.[1];
  const drop = metric === 'top1' || metric === 'top5';
  if (match === null || drop !== (match[2] === '<=')) {
    throw new OctetError(
      'option-invalid',
      `--accuracy ${text}: write cosine>=0.99, sqnr>=20 (dB) or top1<=0.01 (largest drop).`,
    );
  }
  const bound = Number(match[3]);
  if (metric === 'top1' || metric === 'top5') return { metric, maxDrop: bound };
  return { metric: metric as 'cosine' | 'sqnr', atLeast: bound };
}

export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === text);
  if (found === undefined)
    throw new OctetError('option-invalid', `${option}: ${text} is not one of ${allowed.join(', ')}.`);
  return found;
}

export function integer(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new OctetError('option-invalid', `${option}: ${text} is not a whole number ${range}.`);
  }
  return value;
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new OctetError('option-invalid', `${option}: ${text} is not a number above 0.`);
  return value;
}
