import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPlan, type RuntimeName, type TrialSpec, type Variant } from '@octet/domain';
import { buildModel, hashModel, loadModel, onnxType, saveModel } from '@octet/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaches } from '../cache/trial-caches.js';
import { ProgressTeller } from '../progress.js';
import type { RewriteSource } from './rewrite-source.js';
import { variantModel } from './variant-model.js';

const folder = mkdtempSync(join(tmpdir(), 'octet-variant-'));
const modelPath = join(folder, 'dense.onnx');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('variantModel', () => {
  let source: (name: RuntimeName, version: string) => RewriteSource;

  beforeAll(async () => {
    const width = 8;
    const values = Float32Array.from({ length: width * width }, (_, index) => Math.sin(index));
    const built = buildModel({
      inputs: [{ name: 'x', shape: ['n', width] }],
      outputs: [{ name: 'y', shape: ['n', width] }],
      initializers: { w: { dims: [width, width], values } },
      nodes: [
        { op: 'MatMul', name: 'dense', inputs: ['x', 'w'], outputs: ['h'] },
        { op: 'Relu', name: 'relu', inputs: ['h'], outputs: ['y'] },
      ],
    });
    await saveModel(built, modelPath);
    const model = await loadModel(modelPath);
    const spec = {
      model: { name: 'dense', sha256: await hashModel(modelPath) },
      batch: 2,
      shapes: { x: [2, width] },
      plan: defaultPlan,
    } as Partial<TrialSpec> as TrialSpec;
    const caches = openCaches(join(folder, 'caches'));
    source = (name, version) =>
      ({
        spec,
        deps: { caches, runtime: { name }, device: { kind: 'gpu' } },
        probe: { name, version, providers: [], origin: 'test' },
        model,
        progress: new ProgressTeller(() => undefined),
      }) as unknown as RewriteSource;
  });

  /** Types of the weights that the file holds, its operators, and whether it says the variant's type itself. */
  async function made(runtime: RuntimeName, version: string, variant: Variant) {
    const engine = { label: variant, variant, recipe: null, refusal: null };
    const { path, typed } = await variantModel(source(runtime, version), engine);
    const { graph } = await loadModel(path);
    const weights = graph.initializer.map(({ dataType }) => onnxType(dataType));
    return { typed, weights, operators: graph.node.map(({ opType }) => opType) };
  }

  it.each<[RuntimeName, string, Variant, boolean, string]>([
    ['tensorrt', '10.3.0', 'fp16', false, 'float32'],
    ['tensorrt', '10.3.0', 'bf16', false, 'float32'],
    ['tensorrt', '11.0.0', 'fp32', false, 'float32'],
    ['tensorrt', '11.0.0', 'tf32', false, 'float32'],
    ['tensorrt', '11.0.0', 'fp16', true, 'float16'],
    ['tensorrt', '11.1.0', 'bf16', true, 'bfloat16'],
    ['onnxruntime', '1.30.0', 'fp16', true, 'float16'],
    ['onnxruntime-cuda', '1.30.0', 'fp16', true, 'float16'],
    ['onnxruntime-cuda', '1.30.0', 'tf32', false, 'float32'],
  ])('%s %s gets %s with types of its own: %s, weights %s', async (runtime, version, variant, typed, weight) => {
    expect(await made(runtime, version, variant)).toMatchObject({ typed, weights: [weight] });
  });

  it('keeps the inputs and outputs of a rewritten model in FP32, so that all variants take the same batch', async () => {
    for (const variant of ['fp16', 'bf16'] as const) {
      const { operators } = await made('tensorrt', '11.1.0', variant);
      expect(operators).toEqual(['Cast', 'MatMul', 'Relu', 'Cast']);
    }
  });
});
