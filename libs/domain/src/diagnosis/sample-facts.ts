import type { ClassedLayer, DataType, EngineLayer } from '../layer.js';
import type { GpuDevice } from '../device.js';
import { gpuTable } from '../capabilities/index.js';
import { recipeDefaults } from '../recipe.js';
import { classify } from '../split/index.js';
import type { DiagnosisFacts } from './facts.js';

const a10: GpuDevice = {
  kind: 'gpu',
  id: 'GPU-1',
  name: 'NVIDIA A10',
  architecture: 'sm_86',
  memoryBytes: 24 * 2 ** 30,
  powerLimitW: 150,
  powerMode: null,
  driverVersion: '550',
  index: 0,
  mig: false,
};

/**
 * A healthy trial for tests: an A10, TensorRT 8.6, INT8 twice as fast as FP16, nothing measured that would be a finding. Tests
 * change what they are about.
 */
export function sampleFacts(change: Partial<DiagnosisFacts> = {}): DiagnosisFacts {
  return {
    device: a10,
    gpu: gpuTable.find((row) => row.sm === '8.6') ?? null,
    runtime: { name: 'tensorrt', version: '8.6.1', providers: [] },
    recipe: recipeDefaults,
    batch: 1,
    floatVariant: 'fp16',
    floats: { fp16: 2000 },
    times: sampleTimes(),
    speedup: { median: 2, low: 1.98, high: 2.02 },
    int8Layers: null,
    floatLayers: null,
    unfusedTargets: [],
    accuracy: null,
    accuracyFails: false,
    stability: [],
    roundVariation: 0.005,
    rounds: { counted: 9, voided: 0 },
    throttleReasons: [],
    modes: null,
    otherBatches: [],
    footprint: null,
    ...change,
  };
}

/** T_float 2000 ns, INT8 1000 ns, all of it in INT8 kernels, no profiler cost. */
export function sampleTimes(change: Partial<DiagnosisFacts['times']> = {}): DiagnosisFacts['times'] {
  return {
    tFloatNs: 2000,
    tQuantNs: 0,
    tInt8Ns: 1000,
    tDequantNs: 0,
    int8EndToEndNs: 1000,
    int8Parts: { int8Ns: 1000, floatNs: 0, conversionNs: 0, overheadNs: 0 },
    layerOverheadNs: 0,
    layerSumRatio: 1,
    fused: { quantize: 0, dequantize: 0 },
    ...change,
  };
}

/** `a:int8`, `b:fp16:1x16x8x8`, `c:int8:1x16x8x8:NC/32HW32` -> a tensor. */
function tensor(text: string): EngineLayer['inputs'][number] {
  const [name = '', dataType = 'fp32', dims, ...format] = text.split(':');
  return {
    name,
    dataType: dataType as DataType,
    dims: dims === undefined || dims === '' ? null : dims.split('x').map(Number),
    format: format.length === 0 ? null : format.join(':'),
  };
}

/** One layer: what it takes, what it gives (`name:type:dims:format`), and its time in ns. */
export function sampleLayer(
  name: string,
  inputs: string[],
  outputs: string[],
  timeNs: number,
  more: Partial<EngineLayer> = {},
): EngineLayer {
  return {
    name,
    type: 'Convolution',
    kind: 'compute',
    inputs: inputs.map(tensor),
    outputs: outputs.map(tensor),
    timeNs,
    kernel: null,
    provider: null,
    weightBytes: null,
    ...more,
  };
}

export function sampleConversion(
  name: string,
  input: string,
  output: string,
  timeNs: number,
  more: Partial<EngineLayer> = {},
): EngineLayer {
  return sampleLayer(name, [input], [output], timeNs, { type: 'Reformat', kind: 'conversion', ...more });
}

export function sampleEngine(...layers: EngineLayer[]): ClassedLayer[] {
  return classify(layers);
}
