import {
  diagnose,
  gainNs,
  gpuCapabilityOf,
  int8TimeShare,
  OctetError,
  orderInterval,
  recipeDefaults,
  splitTimes,
  verdictOf,
  type DiagnosisFacts,
  type GpuDevice,
  type LayerClass,
  type LayerTensor,
  type Reason,
  type TimeParts,
  type Times,
  type TimeSplit,
  type Verdict,
} from '@octet/domain';
import {
  isIncomplete,
  readEngine,
  type EngineExports,
  type IncompleteBuild,
  type ReadEngine,
} from './engine-exports.js';
import { gpuOf, unknownGpu } from './logged-gpu.js';
import { floatVariantOf, kernelSummary, type KernelShare } from './kernel-summary.js';

/** One row of the per-layer table; `timeNs` is the profile's median as it stands. */
export interface ExplainedLayer {
  name: string;
  type: string;
  class: LayerClass;
  timeNs: number | null;
  inputs: LayerTensor[];
  outputs: LayerTensor[];
  chainedTo: 'quantize' | 'dequantize' | null;
  fusedQuantize: boolean;
  fusedDequantize: boolean;
  kernel: string | null;
}

/** `times.tFloatNs` is null where no float engine was given. */
export type ExplainedTimes = Omit<Times, 'tFloatNs' | 'int8EndToEndNs'> & {
  tFloatNs: number | null;
  int8EndToEndNs: number | null;
};

/** The document of `octet explain --json` (schemaVersion is added by whoever prints it). */
export interface Explanation {
  status: 'explained';
  times: ExplainedTimes;
  gainNs: number | null;
  /** From one run of each engine: what differs between launches is not in the interval. null bounds: no raw times. */
  speedup: { median: number; low: number | null; high: number | null } | null;
  /** null where raw times of both engines are missing. */
  verdict: Verdict | null;
  int8TimeShare: number | null;
  endToEndSource: ReadEngine['endToEndSource'];
  /** The split by one factor for all layers, shown beside the constant cost where they differ by more than 20 %. */
  proportional: TimeParts | null;
  chainedLayout: TimeSplit['chainedLayout'] | null;
  kernels: KernelShare[];
  device: { name: string | null; architecture: string | null };
  runtime: { name: 'tensorrt'; version: string | null };
  floatVariant: string | null;
  reasons: Reason[];
  layers: ExplainedLayer[];
}

export interface ExplainOptions {
  /** Speed-up from which INT8 pays. */
  threshold?: number;
  noiseFloor?: number;
}

/**
 * Explains where an INT8 engine's time goes from trtexec's exports alone, with no GPU and no fleet; with the float engine's
 * exports also what INT8 gains. Throws the OctetErrors of `readEngine`.
 */
export function explain(
  int8Exports: EngineExports,
  floatExports: EngineExports | null,
  options: ExplainOptions = {},
): Explanation | IncompleteBuild {
  const int8 = readEngine(int8Exports);
  if (isIncomplete(int8)) return int8;
  const float = floatExports === null ? null : readEngine(floatExports);
  if (float !== null && isIncomplete(float)) {
    throw new OctetError(
      'float-incomplete',
      'The float engine has no layers: its build did not end. Give the exports of a float engine that was measured.',
    );
  }
  return explanationOf(int8, float, options);
}

function explanationOf(int8: ReadEngine, float: ReadEngine | null, options: ExplainOptions): Explanation {
  const split = int8.endToEndNs === null ? null : splitTimes(int8.layers, int8.endToEndNs);
  const times = explainedTimes(int8, float, split);
  const speedup = speedupOf(int8, float);
  const share = int8TimeShare(int8.layers);
  const device = gpuOf(int8.device);
  const tFloatNs = times.tFloatNs;
  return {
    status: 'explained',
    times,
    gainNs: tFloatNs === null || int8.endToEndNs === null ? null : gainNs(tFloatNs, int8.endToEndNs),
    speedup,
    verdict: verdictFrom(speedup, share, options),
    int8TimeShare: share,
    endToEndSource: int8.endToEndSource,
    proportional: split?.proportional ?? null,
    chainedLayout: split?.chainedLayout ?? null,
    kernels: kernelSummary(int8.layers),
    device: { name: device?.name ?? null, architecture: device?.architecture ?? null },
    runtime: { name: 'tensorrt', version: int8.log?.version ?? null },
    floatVariant: float === null ? null : floatVariantOf(float.layers),
    reasons: diagnose(factsOf(int8, float, times, speedup, device)),
    layers: int8.layers.map(explainedLayer),
  };
}

function explainedTimes(int8: ReadEngine, float: ReadEngine | null, split: TimeSplit | null): ExplainedTimes {
  return {
    tFloatNs: float?.endToEndNs ?? null,
    tQuantNs: split?.tQuantNs ?? null,
    tInt8Ns: split?.tInt8Ns ?? null,
    tDequantNs: split?.tDequantNs ?? null,
    int8EndToEndNs: int8.endToEndNs,
    int8Parts: split?.int8Parts ?? null,
    layerOverheadNs: split?.layerOverheadNs ?? null,
    // The sum of the layers compared with itself says nothing.
    layerSumRatio: int8.endToEndSource === 'layers' ? null : (split?.layerSumRatio ?? null),
    fused: split?.fused ?? null,
  };
}

/** Interval of the ratio of two medians: each median's own at 97.5 %, so that both hold together at 95 %. */
function speedupOf(int8: ReadEngine, float: ReadEngine | null): Explanation['speedup'] {
  if (float === null || float.endToEndNs === null || int8.endToEndNs === null) return null;
  const ratio = { median: float.endToEndNs / int8.endToEndNs, low: null, high: null };
  if (float.samplesNs === null || int8.samplesNs === null) return ratio;
  const miss = 0.025;
  const floatBounds = orderInterval([...float.samplesNs], miss);
  const int8Bounds = orderInterval([...int8.samplesNs], miss);
  if (floatBounds === null || int8Bounds === null) return ratio;
  return { ...ratio, low: floatBounds.low / int8Bounds.high, high: floatBounds.high / int8Bounds.low };
}

function verdictFrom(speedup: Explanation['speedup'], share: number | null, options: ExplainOptions): Verdict | null {
  if (speedup === null || speedup.low === null || speedup.high === null) return null;
  return verdictOf({
    unsupported: false,
    notMeasured: false,
    unstable: false,
    timeRanOut: true,
    accuracy: 'not-asked',
    speedups: [{ variant: 'float', median: speedup.median, low: speedup.low, high: speedup.high }],
    threshold: options.threshold ?? 1.05,
    noiseFloor: options.noiseFloor ?? 0.01,
    int8Used: share === null ? null : share > 0,
    // Nobody can tell from exports what else was measured: the float engine given is taken as the one to beat.
    bestFloatMeasured: true,
  });
}

function explainedLayer(layer: ReadEngine['layers'][number]): ExplainedLayer {
  return {
    name: layer.name,
    type: layer.type,
    class: layer.class,
    timeNs: layer.timeNs,
    inputs: layer.inputs,
    outputs: layer.outputs,
    chainedTo: layer.chainedTo,
    fusedQuantize: layer.fusedQuantize,
    fusedDequantize: layer.fusedDequantize,
    kernel: layer.kernel,
  };
}

function factsOf(
  int8: ReadEngine,
  float: ReadEngine | null,
  times: ExplainedTimes,
  speedup: Explanation['speedup'],
  device: GpuDevice | null,
): DiagnosisFacts {
  const floatVariant = float === null ? 'fp32' : floatVariantOf(float.layers);
  const bounded = speedup !== null && speedup.low !== null && speedup.high !== null;
  return {
    device: device ?? unknownGpu,
    gpu: device === null ? null : gpuCapabilityOf(device.architecture, device.name),
    runtime: { name: 'tensorrt', version: int8.log?.version ?? '0', providers: [] },
    recipe: recipeDefaults,
    batch: int8.layers[0]?.inputs[0]?.dims?.[0] ?? 1,
    floatVariant,
    floats: times.tFloatNs === null ? {} : { [floatVariant]: times.tFloatNs },
    // Without a float engine its time is taken as INT8's own: no diagnosis may promise a gain from it.
    times: {
      ...times,
      tFloatNs: times.tFloatNs ?? times.int8EndToEndNs ?? 0,
      int8EndToEndNs: times.int8EndToEndNs ?? 0,
    },
    speedup: bounded ? { median: speedup.median, low: speedup.low ?? 0, high: speedup.high ?? 0 } : null,
    int8Layers: int8.layers,
    floatLayers: float?.layers ?? null,
    unfusedTargets: [],
    accuracy: null,
    accuracyFails: false,
    stability: [],
    roundVariation: null,
    rounds: { counted: 1, voided: 0 },
    throttleReasons: [],
    modes: {
      withGraphNs: int8.withoutGraphNs === null ? null : int8.endToEndNs,
      withoutGraphNs: int8.withoutGraphNs,
      hostToDeviceNs: null,
      deviceToHostNs: null,
      computeNs: int8.endToEndNs,
    },
    otherBatches: [],
    footprint: null,
  };
}
