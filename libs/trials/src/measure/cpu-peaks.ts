import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceClassOf, type CpuDevice, type Peaks } from '@octet/domain';
import type { LoadedEngine, Runtime, Tensor } from '@octet/engines';
import {
  buildModel,
  float32Tensor,
  int64Tensor,
  int8Tensor,
  saveModel,
  type Model,
  type NodeSpec,
  type ValueSpec,
} from '@octet/onnx';
import type { ContentCache } from '../cache/content-cache.js';

/** Rows, inner dimension and columns of the product that shows the peak rates. */
const product = { rows: 512, inner: 1024, columns: 1024 } as const;
/** Channels in and out, rows and columns of the 3x3 convolution beside it: the runtime's FP32 convolutions beat its products. */
const convolution = { channels: 64, size: 56 } as const;
/** A row times a square matrix of 64 MB, larger than the caches of most cores: as fast as its weights come. */
const streamed = { rows: 1, inner: 4096, columns: 4096 } as const;
/** The probes take turns, and the fastest run of all counts: disturbances only ever add time. */
const turns = 4;
const turn = { minRuns: 3, minDurationMs: 100, maxDurationMs: 1_000 };

export interface CpuPeaksRequest {
  device: CpuDevice;
  runtime: Runtime;
  runtimeVersion: string;
  cache: ContentCache;
  signal: AbortSignal;
}

/**
 * Peak rates of a CPU as this runtime reaches them, with the device's threads: a large matrix product in FP32 and in U8 x S8, a convolution in FP32, and a
 * product of one row with a matrix that no cache holds. Measured once for each device class and runtime version, then from the cache.
 *
 * @throws OctetError those of building and opening an engine.
 */
export async function cpuPeaks(request: CpuPeaksRequest): Promise<Peaks> {
  const { device, runtimeVersion, cache } = request;
  const identity = {
    kind: 'cpu-peaks',
    deviceClass: deviceClassOf(device),
    runtimeVersion,
    product,
    convolution,
    streamed,
  };
  const known = await cache.get(identity);
  if (known !== null) return JSON.parse(await readFile(join(known.dir, 'peaks.json'), 'utf8')) as Peaks;
  const peaks = await measuredPeaks(request);
  await cache.put(identity, (dir) => writeFile(join(dir, 'peaks.json'), JSON.stringify(peaks)));
  return peaks;
}

async function measuredPeaks(request: CpuPeaksRequest): Promise<Peaks> {
  const { rows, inner, columns } = product;
  const { channels, size } = convolution;
  const probes = [floatProduct(product), floatConvolution(), int8Product(product), floatProduct(streamed)];
  const [productNs = 0, convolutionNs = 0, int8Ns = 0, streamNs = 0] = await fastestNs(request, probes);
  // Operations a nanosecond are 10^-3 x 10^12 a second.
  const productRate = (2 * rows * inner * columns) / 1e3;
  const convolutionRate = (2 * 9 * channels ** 2 * size ** 2) / 1e3;
  const threads = `${request.device.threads} ${request.device.threads === 1 ? 'thread' : 'threads'}`;
  return {
    product: request.device.name,
    teraOps: {
      fp32: Math.max(productRate / productNs, convolutionRate / convolutionNs),
      tf32: null,
      fp16: null,
      bf16: null,
      int8: productRate / int8Ns,
    },
    memoryGBs: (4 * streamed.inner * streamed.columns) / streamNs,
    l2Bytes: null,
    source: `measured here by onnxruntime ${request.runtimeVersion}, ${threads}: matrix products of ${rows} x ${inner} x ${columns} in FP32 and U8 x S8, a 3x3 convolution of ${channels} channels at ${size} x ${size} in FP32, and 64 MB of weights read for one row`,
  };
}

interface Product {
  rows: number;
  inner: number;
  columns: number;
}

interface Probe {
  model: Model;
  x: Tensor;
}

function floatProduct({ rows, inner, columns }: Product): Probe {
  return {
    model: probeModel({
      x: { name: 'x', shape: [rows, inner] },
      y: { name: 'y', shape: [rows, columns] },
      weights: { dims: [inner, columns], value: float32Tensor('', [1], [0.01]) },
      op: 'MatMul',
    }),
    x: { dataType: 'float32', dims: [rows, inner], data: new Float32Array(rows * inner).fill(0.5) },
  };
}

function int8Product({ rows, inner, columns }: Product): Probe {
  return {
    model: probeModel({
      x: { name: 'x', dataType: 'uint8', shape: [rows, inner] },
      y: { name: 'y', dataType: 'int32', shape: [rows, columns] },
      weights: { dims: [inner, columns], value: int8Tensor('', [1], [3]) },
      op: 'MatMulInteger',
    }),
    x: { dataType: 'uint8', dims: [rows, inner], data: new Uint8Array(rows * inner).fill(3) },
  };
}

function floatConvolution(): Probe {
  const { channels, size } = convolution;
  const dims = [1, channels, size, size];
  return {
    model: probeModel({
      x: { name: 'x', shape: dims },
      y: { name: 'y', shape: dims },
      weights: { dims: [channels, channels, 3, 3], value: float32Tensor('', [1], [0.01]) },
      op: 'Conv',
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    }),
    x: { dataType: 'float32', dims, data: new Float32Array(channels * size * size).fill(0.5) },
  };
}

interface ProbeSpec {
  x: ValueSpec;
  y: ValueSpec;
  weights: { dims: number[]; value: ReturnType<typeof float32Tensor> };
  op: string;
  attributes?: NonNullable<NodeSpec['attributes']>;
}

/** The runtime makes the weights itself, before the first run: the file holds their value only. */
function probeModel({ x, y, weights, op, attributes = {} }: ProbeSpec): Model {
  return buildModel({
    name: 'peak',
    inputs: [x],
    outputs: [y],
    initializers: { shape: int64Tensor('shape', [weights.dims.length], weights.dims) },
    nodes: [
      { op: 'ConstantOfShape', inputs: ['shape'], outputs: ['w'], attributes: { value: weights.value } },
      { op, inputs: ['x', 'w'], outputs: ['y'], attributes },
    ],
  });
}

/** Shortest time of a run of each probe, ns. */
async function fastestNs(request: CpuPeaksRequest, probes: readonly Probe[]): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'octet-peaks-'));
  const engines: LoadedEngine[] = [];
  try {
    for (const [index, probe] of probes.entries()) engines.push(await open(request, probe, join(folder, `${index}`)));
    const best = engines.map(() => Number.POSITIVE_INFINITY);
    for (let done = 0; done < turns; done++) {
      for (const [index, engine] of engines.entries()) {
        const { latenciesNs } = await engine.measureRound(turn);
        best[index] = latenciesNs.reduce((least, ns) => Math.min(least, ns), best[index] as number);
      }
    }
    return best;
  } finally {
    await Promise.all(engines.map((engine) => engine.dispose()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function open({ runtime, device, signal }: CpuPeaksRequest, probe: Probe, folder: string): Promise<LoadedEngine> {
  const outputDir = join(folder, 'engine');
  const modelPath = join(folder, 'probe.onnx');
  await mkdir(outputDir, { recursive: true });
  await saveModel(probe.model, modelPath);
  const engine = await runtime.build({
    label: 'peak',
    variant: 'fp32',
    modelPath,
    shapes: { x: probe.x.dims },
    device,
    threads: device.threads,
    outputDir,
    calibrationCachePath: null,
    options: {},
    timeLimitMs: 60_000,
    signal,
    onProgress: () => undefined,
  });
  const loaded = await runtime.open({ engine, device, inputs: { x: probe.x }, signal });
  await loaded.warmUp();
  return loaded;
}
