import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, sweepCells, type Device } from '@octet/domain';
import { createOnnxRuntime, type BuiltEngine, type LoadedEngine, type TensorMap } from '@octet/engines';
import { probeDevices } from '@octet/hardware';
import { saveModel } from '@octet/onnx';
import { sweepModel } from '../../../apps/cli/src/sweep-model.js';
import { openPlanted } from './planted-engine.js';

/** The small model that the trust bench measures: 4 dense layers of 256, 16 rows, FP32, one thread. */
export interface Subject {
  device: Device;
  runtimeVersion: string;
  /** The engine as the product opens it, warmed up. */
  open(): Promise<LoadedEngine>;
  /** The same engine, slowed down by a share of each run; by 0 to compare with: the delay's own clock takes some tenths of a per cent. */
  openSlowed(extraShare: number): Promise<LoadedEngine>;
  dispose(): void;
}

export async function buildSubject(): Promise<Subject> {
  const dir = mkdtempSync(join(tmpdir(), 'octet-trust-'));
  const [cell] = sweepCells({ family: 'dense', widths: [256], sizes: [16], depth: 4, maxMacs: null });
  const modelPath = join(dir, 'subject.onnx');
  const outputDir = join(dir, 'engine');
  mkdirSync(outputDir);
  await saveModel(sweepModel(cell!, 1), modelPath);
  const device = (await probeDevices(1)).find(({ kind }) => kind === 'cpu');
  if (device === undefined) throw new Error('no CPU was found');
  const runtime = createOnnxRuntime();
  const signal = new AbortController().signal;
  const engine: BuiltEngine = await runtime.build({
    label: 'fp32',
    variant: 'fp32',
    modelPath,
    shapes: { x: cell!.inputShape },
    device,
    threads: 1,
    outputDir,
    calibrationCachePath: null,
    options: {},
    timeLimitMs: 60_000,
    signal,
    onProgress: () => undefined,
  });
  const inputs = randomInputs(cell!.inputShape);
  return {
    device,
    runtimeVersion: engine.manifest.runtimeVersion,
    open: async () => warm(await runtime.open({ engine, device, inputs, signal })),
    openSlowed: async (extraShare) => warm(await openPlanted(engine, inputs, extraShare)),
    dispose: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function randomInputs(dims: number[]): TensorMap {
  const random = seededRandom(2);
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { x: { dataType: 'float32', dims, data: Float32Array.from({ length }, () => 2 * random() - 1) } };
}

async function warm(engine: LoadedEngine): Promise<LoadedEngine> {
  await engine.warmUp();
  return engine;
}
