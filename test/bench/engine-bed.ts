import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CpuDevice } from '@octet/domain';
import type { LoadedEngine, Runtime, Tensor, TensorMap } from '@octet/engines';

/** Any CPU: a bench names its host itself, and one thread is what it uses. */
export const benchDevice: CpuDevice = {
  kind: 'cpu',
  id: 'cpu',
  name: 'this CPU',
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86-64',
  instructionSets: [],
  threads: 1,
  physicalCores: 1,
  logicalCores: 1,
  memoryBytes: 0,
};

/** FP32 input of a shape, the same at each call. */
export function patternInput(dims: number[]): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length }, (_, index) => ((index * 29) % 64) / 32 - 1);
  return { dataType: 'float32', dims, data };
}

/** A folder and the engines opened in it; `close` removes both. */
export class EngineBed {
  private readonly opened: LoadedEngine[] = [];
  private built = 0;

  private constructor(readonly folder: string) {}

  static async create(): Promise<EngineBed> {
    return new EngineBed(await mkdtemp(join(tmpdir(), 'octet-bench-')));
  }

  /** Builds, opens and warms up an engine. */
  async open(runtime: Runtime, modelPath: string, inputs: TensorMap): Promise<LoadedEngine> {
    const outputDir = join(this.folder, `engine-${this.built++}`);
    await mkdir(outputDir);
    const signal = new AbortController().signal;
    const engine = await runtime.build({
      label: 'bench',
      variant: 'fp32',
      modelPath,
      shapes: Object.fromEntries(Object.entries(inputs).map(([name, { dims }]) => [name, dims])),
      device: benchDevice,
      threads: 1,
      outputDir,
      calibrationCachePath: null,
      options: {},
      timeLimitMs: 120_000,
      signal,
      onProgress: () => undefined,
    });
    const loaded = await runtime.open({ engine, device: benchDevice, inputs, signal });
    this.opened.push(loaded);
    await loaded.warmUp();
    return loaded;
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map((engine) => engine.dispose()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
