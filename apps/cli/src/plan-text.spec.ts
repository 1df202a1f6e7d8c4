import { defaultPlan, recipeDefaults, type TrialSpec } from '@octet/domain';
import type { PlanDocument } from '@octet/protocol';
import { describe, expect, it } from 'vitest';
import { planText } from './plan-text.js';

const spec: TrialSpec = {
  model: { name: 'digits', sha256: 'a'.repeat(64) },
  dataset: null,
  batch: 1,
  shapes: { x: [1, 784] },
  deviceClass: 'x86-64/xeon/avx2/2t',
  runtime: 'onnxruntime',
  threads: 2,
  floats: ['fp32'],
  recipes: [recipeDefaults],
  plan: defaultPlan,
  accuracy: null,
  seed: 1,
  force: false,
};
const refusedCell = (batch: number, variant: string): PlanDocument['refused'][number] => ({
  model: { name: 'digits', sha256: 'a'.repeat(64) },
  batch,
  shapes: {},
  deviceClass: spec.deviceClass,
  runtime: 'onnxruntime',
  variant,
  recipe: null,
  verdict: 'unsupported',
  refusal: { code: 'fixed-batch', message: 'The model has a fixed batch of 1.' },
});
const plan: PlanDocument = {
  schemaVersion: 1,
  name: 'm',
  trials: [{ spec, expectedSeconds: 120 }],
  refused: [refusedCell(4, 'fp32'), refusedCell(4, 'fp16'), refusedCell(8, 'fp32')],
  waiting: [{ selector: 'sm_75', runtime: null, why: 'No agent yet.' }],
  expectedSeconds: 120,
};

describe('planText', () => {
  it('lists trials, refusals with one line for each reason, what waits, and the time', () => {
    const text = planText(plan);
    expect(text).toMatch(/digits +1 +x86-64\/xeon\/avx2\/2t +onnxruntime +fp32 +int8\/static-symmetric\/max\/w8 +120/);
    expect(text.match(/fixed batch of 1/g)).toHaveLength(1);
    expect(text).toMatch(/4, 8 .*fp32, fp16 +unsupported/);
    expect(text).toContain('waiting: sm_75: No agent yet.');
    expect(text).toContain('1 trial, at most 2 min of measuring.');
  });

  it('says so when nothing can be measured, and when no slot is connected', () => {
    expect(planText({ ...plan, trials: [], refused: [], waiting: [] })).toBe('No trial can be measured.');
    expect(planText({ ...plan, expectedSeconds: null })).toContain('not all device classes have a slot connected');
  });
});
