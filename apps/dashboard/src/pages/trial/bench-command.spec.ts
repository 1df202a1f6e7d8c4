import { defaultPlan, recipeDefaults, type TrialSpec } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { benchCommand } from './bench-command.js';

const spec: TrialSpec = {
  model: { name: "it's", sha256: 'a'.repeat(64) },
  dataset: { name: 'lines.npz', sha256: 'b'.repeat(64) },
  batch: 4,
  shapes: { x: [4, 3, 48, 320] },
  deviceClass: 'x86-64/amd-epyc/avx2/2t',
  runtime: 'onnxruntime',
  threads: 2,
  floats: ['fp32'],
  recipes: [recipeDefaults],
  plan: defaultPlan,
  accuracy: { metric: 'top1', maxDrop: 0.01 },
  seed: 7,
  force: false,
};

describe('benchCommand', () => {
  it('says everything that octet bench needs, quoted for a shell', () => {
    expect(benchCommand(spec, { ...recipeDefaults, weightBits: 7, exclude: ['head'] }).replaceAll(' \\\n ', '')).toBe(
      `npx octet bench 'it'\\''s.onnx' --runtime onnxruntime --batch 4 --shape x=4x3x48x320 --data lines.npz --threads 2 --variants fp32,int8 --scheme static-symmetric --calibrator max --weight-bits 7 --exclude head --accuracy 'top1<=0.01' --threshold 1.05 --min-rounds 9 --max-seconds 120`,
    );
  });

  it('leaves the recipe out where there was none, and names an own model', () => {
    expect(benchCommand({ ...spec, recipes: [] }, null)).toContain('--variants fp32 ');
    expect(benchCommand(spec, { model: 'mine.onnx', sha256: null })).toContain('--own-model mine.onnx');
  });
});
