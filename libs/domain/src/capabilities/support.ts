import { ortProviderOf, type Device, type OrtProvider } from '../device.js';
import { isDynamic, isOwnModel, type FloatVariant, type Recipe, type Variant } from '../recipe.js';
import type { Refusal } from '../trial.js';
import { cpuCapabilityOf } from './cpu-table.js';
import { gpuCapabilityOf } from './gpu-capability.js';
import type { GpuCapability } from './gpu-table.js';
import { parseVersion } from './runtime-version.js';
import { tensorRtKnowsSm } from './tensorrt-support.js';

/** The part of a RuntimeProbe that a decision needs. */
export interface RuntimeOffer {
  name: string;
  version: string;
  /** ONNX Runtime's execution providers; [] elsewhere. */
  providers: readonly string[];
}

/**
 * `policy` refusals (no fast path) give way to force: the device runs it, only slower. The others can't run at all.
 */
export type SupportAnswer = { ok: true; warnings: string[] } | ({ ok: false; policy: boolean } & Refusal);

const yes = (warnings: string[] = []): SupportAnswer => ({ ok: true, warnings });
const impossible = (code: string, message: string): SupportAnswer => ({ ok: false, policy: false, code, message });
const slowPath = (code: string, message: string): SupportAnswer => ({ ok: false, policy: true, code, message });

/**
 * Can this device run this variant (with this recipe, for `int8`) on this runtime, and is it worth a measurement? Decided from
 * the capability table, the runtime's version and the recipe; what an engine really ran wins over it afterwards.
 */
export function supports(
  device: Device,
  runtime: RuntimeOffer,
  variant: Variant,
  recipe: Recipe | null,
  options: { force?: boolean } = {},
): SupportAnswer {
  const answer = decide(device, runtime, variant, recipe);
  if (answer.ok || !answer.policy || options.force !== true) return answer;
  return yes([`Measured by force: ${answer.message}`]);
}

function decide(device: Device, runtime: RuntimeOffer, variant: Variant, recipe: Recipe | null): SupportAnswer {
  // Test doubles do what they are told, so that a fleet of any kind can be played.
  if (runtime.name === 'null' || runtime.name === 'scripted') return yes();
  if (runtime.name === 'tensorrt') return onTensorRt(device, runtime, variant, recipe);
  const provider = ortProviderOf(runtime.name);
  if (provider !== null) return onOnnxRuntime(device, provider, variant, recipe);
  return impossible('runtime-unknown', `Octet does not drive a runtime called ${runtime.name}.`);
}

function onTensorRt(device: Device, runtime: RuntimeOffer, variant: Variant, recipe: Recipe | null): SupportAnswer {
  if (device.kind === 'cpu') {
    return impossible('runtime-not-for-device', 'TensorRT needs an NVIDIA GPU or DLA; use onnxruntime on a CPU.');
  }
  const capability = gpuCapabilityOf(device.architecture, device.name);
  if (capability === null) return unknownArchitecture(device.architecture);
  return firstRefusal([
    () => versionAnswer(capability.sm, runtime.version),
    () => (device.kind === 'dla' ? dlaAnswer(capability, variant, recipe, runtime.version) : yes()),
    () => gpuPrecision(capability, variant),
    () => tensorRtVariant(variant, runtime.version),
    () => tensorRtRecipe(recipe, runtime.version),
    () => restAnswer(capability, recipe?.rest, runtime.version),
  ]);
}

function versionAnswer(sm: string, version: string): SupportAnswer {
  const answer = tensorRtKnowsSm(sm, version);
  if (answer.ok) return answer;
  return { ...answer, policy: answer.code === 'runtime-version-unknown' };
}

function unknownArchitecture(architecture: string): SupportAnswer {
  return slowPath(
    'architecture-unknown',
    `${architecture} is not in the capability table: what it runs fast is unknown. Use force to measure it.`,
  );
}

/**
 * The first check that makes it impossible; else the first that policy refuses (so that force can't slip past an impossibility);
 * else yes, with the warnings of all.
 */
function firstRefusal(checks: readonly (() => SupportAnswer)[]): SupportAnswer {
  const answers = checks.map((check) => check());
  const refusals = answers.filter((answer) => !answer.ok);
  const refusal = refusals.find((answer) => !answer.policy) ?? refusals[0];
  return refusal ?? yes(answers.flatMap((answer) => (answer.ok ? answer.warnings : [])));
}

function dlaAnswer(capability: GpuCapability, variant: Variant, recipe: Recipe | null, version: string): SupportAnswer {
  if (!capability.dla)
    return impossible('no-dla', `SM ${capability.sm} has no DLA; only 7.2 (Xavier) and 8.7 (Orin) have.`);
  if (variant !== 'fp16' && variant !== 'int8') {
    return impossible(
      'dla-precision',
      `A DLA core runs FP16 and INT8 only, not ${variant}; ask the GPU for ${variant}.`,
    );
  }
  const explicit = recipe !== null && (isOwnModel(recipe) || recipe.placement === 'explicit');
  if (explicit && parseVersion(version)?.[0] === 8) {
    return impossible(
      'dla-explicit',
      `TensorRT ${version} takes no Q/DQ model on a DLA core; use placement: implicit.`,
    );
  }
  return yes();
}

/** `--bf16` first stands in the sources of trtexec 9.0 (samples/common/sampleOptions.cpp). */
function tensorRtVariant(variant: Variant, version: string): SupportAnswer {
  if (variant === 'bf16' && (parseVersion(version)?.[0] ?? 0) < 9) {
    return impossible('runtime-too-old', `BF16 needs TensorRT 9.0 or newer; this is ${version}.`);
  }
  return yes();
}

function tensorRtRecipe(recipe: Recipe | null, version: string): SupportAnswer {
  if (recipe === null || isOwnModel(recipe)) return yes();
  if (isDynamic(recipe.scheme)) {
    return impossible(
      'recipe-needs-onnxruntime',
      `TensorRT has no ${recipe.scheme} quantisation (no DynamicQuantizeLinear, MatMulInteger or ConvInteger); use onnxruntime or a static-symmetric recipe.`,
    );
  }
  if (recipe.scheme === 'static-asymmetric') {
    return impossible(
      'recipe-needs-onnxruntime',
      'TensorRT wants zero point 0; use static-symmetric, or onnxruntime for static-asymmetric.',
    );
  }
  return recipe.placement === 'implicit' ? implicitAnswer(version) : yes();
}

/** What the layers that are not INT8 may run in. */
function restAnswer(capability: GpuCapability, rest: FloatVariant | undefined, version: string): SupportAnswer {
  if (rest === undefined) return yes();
  const major = parseVersion(version)?.[0] ?? 0;
  if (major >= 11 && (rest === 'fp16' || rest === 'bf16')) {
    return impossible(
      'rest-from-model',
      `TensorRT ${version} takes precision from the model, and the Q/DQ model is FP32 beside INT8: leave rest out, or give your own Q/DQ model.`,
    );
  }
  return firstRefusal([() => gpuPrecision(capability, rest), () => tensorRtVariant(rest, version)]);
}

function implicitAnswer(version: string): SupportAnswer {
  const [major = 0, minor = 0] = parseVersion(version) ?? [];
  if (major >= 11) {
    return impossible(
      'implicit-int8-removed',
      `TensorRT ${version} has no implicit INT8 (calibration cache): use placement: explicit (Q/DQ model).`,
    );
  }
  const deprecated = major === 10 && minor >= 1;
  return yes(
    deprecated ? ['Implicit INT8 is deprecated since TensorRT 10.1 and gone in 11: move to placement: explicit.'] : [],
  );
}

function gpuPrecision(capability: GpuCapability, variant: Variant): SupportAnswer {
  const { sm } = capability;
  switch (variant) {
    case 'fp32':
      return yes();
    case 'tf32':
      return capability.tf32 ? yes() : impossible('no-tf32', `SM ${sm} has no TF32; it starts with SM 8.0.`);
    case 'bf16':
      return capability.bf16 ? yes() : impossible('no-bf16', `SM ${sm} has no BF16; it starts with SM 8.0.`);
    case 'fp16':
      return capability.fp16
        ? yes()
        : slowPath('no-fast-fp16', `SM ${sm} has no fast FP16: it runs, at a fraction of FP32's rate.`);
    case 'int8':
      return int8Precision(capability);
  }
}

function int8Precision(capability: GpuCapability): SupportAnswer {
  if (!capability.int8) {
    return slowPath('no-int8-hardware', `SM ${capability.sm} has no fast INT8: neither DP4A nor INT8 tensor cores.`);
  }
  if (capability.int8TensorCores) return yes();
  return yes([`SM ${capability.sm} without INT8 tensor cores runs INT8 by DP4A (${capability.example}).`]);
}

function onOnnxRuntime(device: Device, provider: OrtProvider, variant: Variant, recipe: Recipe | null): SupportAnswer {
  const message = ortNotFor(device, provider);
  if (message !== null) return impossible('runtime-not-for-device', message);
  if (device.kind === 'cpu') return onOnnxRuntimeCpu(device.instructionSets, variant, recipe);
  const capability = gpuCapabilityOf(device.architecture, device.name);
  if (capability === null) return unknownArchitecture(device.architecture);
  return firstRefusal([
    () => placementAnswer(recipe),
    () => gpuPrecision(capability, variant),
    () => providerRemark(provider, variant),
  ]);
}

/** Why a provider of ONNX Runtime never runs on a device of this kind; null where it may. */
export function ortNotFor({ kind }: Pick<Device, 'kind'>, provider: OrtProvider): string | null {
  if (kind === 'dla') return 'ONNX Runtime does not drive DLA cores; use tensorrt.';
  if (kind === 'cpu' && provider !== 'cpu') {
    return `ONNX Runtime's ${provider} provider needs an NVIDIA GPU; use onnxruntime on a CPU.`;
  }
  if (kind === 'gpu' && provider === 'cpu') {
    return 'onnxruntime computes on the CPU; on a GPU use tensorrt, onnxruntime-cuda or onnxruntime-tensorrt.';
  }
  return null;
}

/** What these providers make of a variant; both were found by reading them, and what an engine really ran wins over it. */
function providerRemark(provider: OrtProvider, variant: Variant): SupportAnswer {
  if (provider === 'cuda' && variant === 'int8') {
    return yes([
      "ONNX Runtime's CUDA provider has no INT8 convolution: what its Q/DQ pairs hold runs in float between conversions.",
    ]);
  }
  if (provider === 'tensorrt' && variant !== 'fp32' && variant !== 'tf32') {
    return yes([
      "onnxruntime-node gives its TensorRT provider no precision flags: what the model's own types do not bring about stays FP32.",
    ]);
  }
  return yes();
}

function placementAnswer(recipe: Recipe | null): SupportAnswer {
  if (recipe === null || isOwnModel(recipe) || recipe.placement === 'explicit') return yes();
  return impossible(
    'recipe-needs-tensorrt',
    'Implicit placement (a calibration cache) exists in TensorRT up to 10 only; use placement: explicit.',
  );
}

function onOnnxRuntimeCpu(instructionSets: readonly string[], variant: Variant, recipe: Recipe | null): SupportAnswer {
  switch (variant) {
    case 'fp32':
      return yes();
    case 'tf32':
      return impossible('no-tf32', 'TF32 exists in NVIDIA tensor cores only.');
    case 'bf16':
      return impossible('no-bf16', "ONNX Runtime's CPU kernels have no BF16.");
    case 'fp16':
      return slowPath(
        'no-fast-fp16',
        'FP16 on a CPU through ONNX Runtime saves size only: weights are widened to FP32 before they are used.',
      );
    case 'int8':
      return firstRefusal([() => placementAnswer(recipe), () => cpuInt8(instructionSets)]);
  }
}

function cpuInt8(instructionSets: readonly string[]): SupportAnswer {
  const row = cpuCapabilityOf(instructionSets);
  if (row === null) {
    return slowPath(
      'no-int8-hardware',
      'This CPU names none of AVX2, AVX-512, VNNI, AMX, NEON or dot product: INT8 has no fast kernel.',
    );
  }
  return yes(
    row.saturates ? [`${row.instructionSet} without VNNI saturates U8 x S8 sums: compare weightBits: 7.`] : [],
  );
}
