import type { Refusal, RunMode, Variant } from '@octet/domain';
import type { Dialect } from './dialect.js';

/** What the layers that are not INT8 may use. */
export type RestPrecision = 'fp16' | 'bf16' | 'tf32' | 'fp32';

export interface DynamicShapes {
  min: Record<string, number[]>;
  opt: Record<string, number[]>;
  max: Record<string, number[]>;
}

/** Everything that decides what engine trtexec builds. */
export interface BuildPlan {
  modelPath: string;
  enginePath: string;
  variant: Variant;
  /** The model itself says FP16 or BF16: what TensorRT 11 needs for those variants. */
  typedModel: boolean;
  /** Only for `int8`. Explicit: the model carries Q/DQ nodes. Implicit: ranges come from a calibration cache. */
  int8: { placement: 'explicit' | 'implicit'; calibrationCachePath: string | null; rest: RestPrecision } | null;
  /** null: the model's shapes are fixed. */
  shapes: DynamicShapes | null;
  /** Index for `--device`; null where CUDA_VISIBLE_DEVICES selects. */
  deviceIndex: number | null;
  dlaCore: number | null;
  timingCachePath: string | null;
  builderOptimizationLevel: number | null;
  plugins: readonly string[];
  tacticSources: string | null;
  /** One for each input (output) in the network's order: `int8:chw32`. */
  inputFormats: readonly string[];
  outputFormats: readonly string[];
}

export const mainMode: RunMode = { graph: true, transfers: false, streams: 1 };

/** Everything that decides how trtexec runs an engine. */
export interface RunPlan {
  enginePath: string;
  mode: RunMode;
  warmUpMs: number;
  durationMs: number;
  iterations: number;
  /** Files of raw input data by input name. */
  inputs: Record<string, string>;
  /** Only for engines with dynamic shapes. */
  shapes: Record<string, number[]> | null;
  deviceIndex: number | null;
  dlaCore: number | null;
  plugins: readonly string[];
  exportTimes: string | null;
  exportOutput: string | null;
  /** Profile in a run of its own, so that times and profile don't disturb each other. */
  profile: { exportProfile: string; exportLayerInfo: string } | null;
}

/** Arguments that build the engine, or why this version can't. Pure. */
export function buildArguments(plan: BuildPlan, dialect: Dialect): string[] | Refusal {
  const refused = buildRefusal(plan, dialect);
  if (refused !== null) return refused;
  return [
    `--onnx=${plan.modelPath}`,
    `--saveEngine=${plan.enginePath}`,
    dialect.buildOnlyFlag,
    '--profilingVerbosity=detailed',
    ...precision(plan, dialect),
    ...(plan.shapes === null ? [] : shapeRange(plan.shapes)),
    ...system(plan, dialect),
    ...(plan.dlaCore === null ? [] : ['--allowGPUFallback']),
    ...(plan.timingCachePath === null ? [] : [`--timingCacheFile=${plan.timingCachePath}`]),
    ...(plan.builderOptimizationLevel === null ? [] : [`--builderOptimizationLevel=${plan.builderOptimizationLevel}`]),
    ...(plan.tacticSources === null ? [] : [`--tacticSources=${plan.tacticSources}`]),
    ...(plan.inputFormats.length === 0 ? [] : [`--inputIOFormats=${plan.inputFormats.join(',')}`]),
    ...(plan.outputFormats.length === 0 ? [] : [`--outputIOFormats=${plan.outputFormats.join(',')}`]),
  ];
}

/** Arguments that run the engine under the same conditions in every version: stated where they are not the default. Pure. */
export function runArguments(plan: RunPlan, dialect: Dialect): string[] {
  const inputs = Object.entries(plan.inputs).map(([name, path]) => `'${name}':${path}`);
  return [
    `--loadEngine=${plan.enginePath}`,
    ...conditions(plan, dialect),
    `--warmUp=${Math.round(plan.warmUpMs)}`,
    `--duration=${plan.durationMs / 1000}`,
    `--iterations=${plan.iterations}`,
    // Averages are made from the raw times; a large group keeps them out of the log.
    '--avgRuns=100000',
    ...(plan.shapes === null ? [] : [`--shapes=${shapesText(plan.shapes)}`]),
    ...(inputs.length === 0 ? [] : [`--loadInputs=${inputs.join(',')}`]),
    ...system(plan, dialect),
    ...(plan.exportTimes === null ? [] : [`--exportTimes=${plan.exportTimes}`]),
    ...(plan.exportOutput === null ? [] : [`--exportOutput=${plan.exportOutput}`]),
    ...(plan.profile === null ? [] : profiling(plan.profile, dialect)),
  ];
}

function buildRefusal(plan: BuildPlan, dialect: Dialect): Refusal | null {
  const { variant, int8 } = plan;
  const wantsBf16 = variant === 'bf16' || (variant === 'int8' && int8?.rest === 'bf16');
  if (wantsBf16 && dialect.precisionFlags && !dialect.bf16Flag) {
    return refuse('bf16-too-old', `trtexec before 9.0 cannot build BF16 engines: use TensorRT 9 or newer.`);
  }
  if (!dialect.precisionFlags && (variant === 'fp16' || variant === 'bf16') && !plan.typedModel) {
    return refuse(
      'typed-model-missing',
      `TensorRT 11 takes precision from the model only, and this model is FP32: rewrite it to ${variant} first.`,
    );
  }
  if (variant === 'int8' && int8 === null) {
    return refuse('int8-without-recipe', 'An INT8 engine needs a recipe: Q/DQ nodes or a calibration cache.');
  }
  if (int8?.placement === 'implicit') {
    const refused = implicitRefusal(int8.calibrationCachePath, dialect);
    if (refused !== null) return refused;
  }
  if (plan.builderOptimizationLevel !== null && !dialect.builderOptimizationLevel) {
    return refuse('option-too-old', 'trtexec before 8.6 has no --builderOptimizationLevel: leave it out.');
  }
  return plan.dlaCore === null ? null : dlaRefusal(plan, dialect);
}

function implicitRefusal(cachePath: string | null, dialect: Dialect): Refusal | null {
  if (!dialect.precisionFlags) {
    return refuse(
      'implicit-int8-removed',
      'TensorRT 11 has no implicit INT8 (calibration caches): use a recipe with Q/DQ nodes.',
    );
  }
  if (cachePath !== null) return null;
  return refuse(
    'calibration-cache-missing',
    'Implicit INT8 without a calibration cache makes the builder invent ranges: give a dataset, or use Q/DQ nodes.',
  );
}

function dlaRefusal({ variant, int8, shapes }: BuildPlan, dialect: Dialect): Refusal | null {
  if (variant !== 'fp16' && variant !== 'int8') {
    return refuse('dla-precision', `A DLA runs FP16 and INT8 only, not ${variant}.`);
  }
  if (shapes !== null)
    return refuse('dla-dynamic-shapes', 'A DLA takes fixed shapes only: fix the shapes of the model.');
  if (int8?.placement === 'explicit' && !dialect.explicitInt8OnDla) {
    return refuse(
      'dla-explicit-int8',
      'TensorRT 8 cannot run Q/DQ models on a DLA: use implicit INT8 with a calibration cache.',
    );
  }
  return null;
}

function refuse(code: string, message: string): Refusal {
  return { code, message };
}

/** From 11 on the model says its precision; only TF32 for FP32 layers is still a flag. */
function precision({ variant, int8 }: BuildPlan, dialect: Dialect): string[] {
  const rest = variant === 'int8' ? (int8?.rest ?? 'fp32') : variant;
  const noTf32 = rest === 'fp32' ? ['--noTF32'] : [];
  if (!dialect.precisionFlags) return noTf32;
  const flags = variant === 'int8' ? ['--int8'] : [];
  if (rest === 'fp16' || rest === 'bf16') flags.push(`--${rest}`);
  if (int8?.placement === 'implicit' && int8.calibrationCachePath !== null) {
    flags.push(`--calib=${int8.calibrationCachePath}`);
  }
  return [...flags, ...noTf32];
}

function conditions({ mode }: RunPlan, dialect: Dialect): string[] {
  const streams = mode.streams === 1 ? [] : [`${dialect.streamsFlag}=${mode.streams}`];
  if (dialect.measuringDefaults) {
    return [
      ...(mode.transfers ? ['--includeDataTransfers'] : []),
      ...(mode.graph ? [] : ['--noCudaGraph']),
      ...streams,
    ];
  }
  return [
    ...(mode.transfers ? [] : ['--noDataTransfers']),
    ...(mode.graph ? ['--useCudaGraph'] : []),
    '--useSpinWait',
    ...streams,
  ];
}

function profiling(files: NonNullable<RunPlan['profile']>, dialect: Dialect): string[] {
  return [
    '--dumpProfile',
    ...(dialect.measuringDefaults ? [] : ['--separateProfileRun']),
    '--profilingVerbosity=detailed',
    `--exportProfile=${files.exportProfile}`,
    `--exportLayerInfo=${files.exportLayerInfo}`,
  ];
}

function system(
  { deviceIndex, dlaCore, plugins }: Pick<BuildPlan, 'deviceIndex' | 'dlaCore' | 'plugins'>,
  dialect: Dialect,
): string[] {
  return [
    ...(deviceIndex === null ? [] : [`--device=${deviceIndex}`]),
    ...(dlaCore === null ? [] : [`--useDLACore=${dlaCore}`]),
    ...plugins.map((path) => `${dialect.pluginsFlag}=${path}`),
  ];
}

function shapeRange({ min, opt, max }: DynamicShapes): string[] {
  return [`--minShapes=${shapesText(min)}`, `--optShapes=${shapesText(opt)}`, `--maxShapes=${shapesText(max)}`];
}

/** Names are quoted: they may hold colons. */
function shapesText(shapes: Record<string, number[]>): string {
  return Object.entries(shapes)
    .map(([name, dims]) => `'${name}':${dims.join('x')}`)
    .join(',');
}
