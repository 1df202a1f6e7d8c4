import { z } from 'zod';
import {
  anyDevice,
  defaultPlan,
  defaultPriority,
  isDynamic,
  recipeDefaults,
  runtimeNames,
  type Architecture,
  type Matrix,
  type Recipe,
  type Variant,
} from '@octet/domain';
import { accuracyBudgetSchema } from './messages.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a lower-case hex SHA-256 (64 digits)');
const positiveInteger = z.number().int().min(1);

const dimension = z.union([positiveInteger, z.literal('batch')], {
  error: 'must be a whole number from 1, or the word batch',
});
const shapes = z.record(z.string(), z.array(dimension));

const modelEntry = z
  .strictObject({
    path: z.string().min(1).optional().describe('ONNX file, relative to the matrix file'),
    sha256: sha256.optional().describe('a model that the controller has'),
    name: z.string().min(1).optional().describe('a model known to the controller by name'),
    shapes: z.array(shapes).default([]).describe('values for dynamic dimensions; `batch` is filled in from batches'),
    data: z.string().min(1).nullable().default(null).describe('calibration and evaluation inputs'),
    accuracy: strictBudget(),
  })
  .refine((model) => [model.path, model.sha256, model.name].filter((source) => source !== undefined).length === 1, {
    error: 'needs exactly one of path, sha256 and name',
  });

function strictBudget() {
  const [cosine, sqnr, top1, top5] = accuracyBudgetSchema.options.map((option) => option.strict());
  return z
    .discriminatedUnion('metric', [cosine!, sqnr!, top1!, top5!])
    .nullable()
    .default(null)
    .describe('budget: { metric: cosine | sqnr, atLeast } or { metric: top1 | top5, maxDrop }');
}

const schemes = ['dynamic-symmetric', 'dynamic-asymmetric', 'static-symmetric', 'static-asymmetric'] as const;
const restEntry = z
  .enum(['fp32', 'tf32', 'fp16', 'bf16'])
  .optional()
  .describe('TensorRT: what layers that are not INT8 may run in; FP16 where the device runs it fast, else FP32');
const quantizationEntry = z
  .strictObject({
    scheme: z.enum(schemes),
    calibrator: z.enum(['max', 'percentile', 'entropy', 'mse', 'auto']).nullable().optional(),
    weightBits: z.union([z.literal(7), z.literal(8)]).default(recipeDefaults.weightBits),
    granularity: z.enum(['per-channel', 'per-tensor']).default(recipeDefaults.granularity),
    exclude: z.array(z.string()).default([]).describe('layers kept in float, by name or operator type'),
    placement: z.enum(['explicit', 'implicit']).default(recipeDefaults.placement),
    biasCorrection: z
      .boolean()
      .optional()
      .describe(
        'biases make up for what rounded weights do to each channel; left out: calibrator auto may, others do not',
      ),
    rest: restEntry,
  })
  .refine((recipe) => !isDynamic(recipe.scheme) || (recipe.calibrator ?? null) === null, {
    error: 'a dynamic scheme finds its ranges at run time: leave calibrator out',
    path: ['calibrator'],
  })
  .refine(
    (recipe) => recipe.biasCorrection !== true || (!isDynamic(recipe.scheme) && recipe.placement === 'explicit'),
    {
      error: 'biases are corrected in static schemes with explicit placement only: leave biasCorrection out',
      path: ['biasCorrection'],
    },
  );
const ownModelEntry = z.strictObject({
  model: z.string().min(1).describe('your own Q/DQ model: a path relative to the matrix file'),
  sha256: sha256.nullable().default(null),
  rest: restEntry,
});

/** A recipe with `model` is the user's own; telling them apart by that key keeps the messages about the right one. */
const recipeEntry = z.union([quantizationEntry, ownModelEntry]);

const architecture = z
  .string()
  .regex(/^(sm_\d{2,3}|x86-64|arm64)$/, 'must be sm_NN (sm_75, sm_86 ...), x86-64 or arm64');
const runtime = z.enum(runtimeNames);
const devicesEntry = z.union([
  z.literal('all'),
  z.strictObject({
    architectures: z.array(architecture).min(1).optional(),
    classes: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('whole device classes, as `octet agents` prints them'),
    runtimes: z.array(runtime).min(1).optional(),
    threads: positiveInteger.optional().describe('CPU threads of each engine'),
  }),
]);

const measureEntry = z.strictObject({
  threshold: z.number().positive().default(defaultPlan.threshold).describe('1.05: INT8 pays from 5 % on'),
  halfWidth: z
    .number()
    .positive()
    .max(1)
    .default(defaultPlan.halfWidth)
    .describe('wanted relative half-width of the interval'),
  minRounds: positiveInteger.default(defaultPlan.minRounds),
  maxSeconds: z.number().positive().default(defaultPlan.maxSeconds).describe('for the rounds of one trial'),
});

/** The matrix file as written (design section 3a); unknown keys are errors. Parsed into the domain's Matrix by `toMatrix`. */
export const matrixFileSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1).max(200).default('matrix'),
  models: z.array(modelEntry).min(1),
  batches: z.array(positiveInteger).min(1).default([1]),
  variants: z
    .array(z.enum(['fp32', 'tf32', 'fp16', 'bf16', 'int8']))
    .min(1)
    .default(['fp32', 'tf32', 'fp16', 'int8']),
  int8: z.array(recipeEntry).min(1).optional(),
  devices: devicesEntry.default('all'),
  measure: measureEntry.default(defaultPlan),
  priority: positiveInteger.default(defaultPriority).describe('1 is first'),
  seed: z.number().int().min(0).max(0xffffffff).default(1),
  force: z.boolean().default(false).describe('measure what policy calls unsupported'),
});
export type MatrixFile = z.infer<typeof matrixFileSchema>;

/**
 * A matrix document (YAML file, or JSON over HTTP) to the domain's Matrix, every default filled in. A matrix travels and is stored
 * as its document, so that there is one schema.
 */
export const matrixSchema = matrixFileSchema
  .refine((matrix) => matrix.variants.some((variant) => variant !== 'int8'), {
    error: 'INT8 needs a float variant to beat: add fp32, tf32, fp16 or bf16',
    path: ['variants'],
  })
  .refine((matrix) => matrix.int8 === undefined || matrix.variants.includes('int8'), {
    error: 'recipes are given, but variants has no int8',
    path: ['int8'],
  })
  .transform(toMatrix);

function toMatrix(document: MatrixFile): Matrix {
  const recipes = document.int8 ?? [{ ...recipeDefaults }];
  return {
    name: document.name,
    models: document.models.map(({ path, sha256: digest, name, shapes: asked, data, accuracy }) => ({
      source: path !== undefined ? { path } : digest !== undefined ? { sha256: digest } : { name: name ?? '' },
      shapes: asked,
      data,
      accuracy,
    })),
    batches: [...new Set(document.batches)],
    variants: [...new Set<Variant>(document.variants)],
    int8: document.variants.includes('int8') ? recipes.map(toRecipe) : [],
    devices: toSelector(document.devices),
    measure: document.measure,
    priority: document.priority,
    seed: document.seed,
    force: document.force,
  };
}

function toRecipe(entry: z.infer<typeof recipeEntry>): Recipe {
  if ('model' in entry) return entry;
  const calibrator = isDynamic(entry.scheme) ? null : (entry.calibrator ?? recipeDefaults.calibrator);
  return { ...entry, calibrator };
}

function toSelector(devices: MatrixFile['devices']): Matrix['devices'] {
  if (devices === 'all') return anyDevice;
  return {
    architectures: (devices.architectures as Architecture[] | undefined) ?? null,
    classes: devices.classes ?? null,
    runtimes: devices.runtimes ?? null,
    threads: devices.threads ?? null,
  };
}
