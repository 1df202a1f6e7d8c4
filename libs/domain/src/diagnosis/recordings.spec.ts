import { describe, expect, it } from 'vitest';
import { explain, readExportsFolder } from '@octet/engines';

/** Diagnoses of real engines: what trtexec exported on an A100, an RTX 3090 and an H200 (test/fixtures/trtexec/README.md). */
const fixtures = 'test/fixtures/trtexec';

async function diagnosed(model: string, int8: string, float = 'fp16') {
  const answer = explain(
    await readExportsFolder(`${fixtures}/${model}/${int8}`),
    await readExportsFolder(`${fixtures}/${model}/${float}`),
  );
  if (answer.status !== 'explained') throw new Error('The build did not end.');
  const byId = new Map(answer.reasons.map((reason) => [reason.id, reason]));
  return { verdict: answer.verdict, byId, ids: [...byId.keys()] };
}

describe('diagnoses on real engines', () => {
  it('A100, ResNet-18: ten quantising layers because the residual branches are float', async () => {
    const { verdict, byId } = await diagnosed('trt-engine-explorer/a100-resnet18_b32', 'int8-qdq');
    expect(verdict).toBe('slower');
    expect(byId.get('conversions-dominate')).toMatchObject({
      severity: 'critical',
      // Eight convolutions take the shortcut of their residual block as FP16: two blocks in each of four stages.
      evidence: { quantizing: 10, dequantizing: 0, mixedInputs: 8 },
      advice: expect.stringContaining('residual'),
    });
    expect(byId.get('unfused-qdq')?.evidence).toMatchObject({ count: 9 });
  });

  it('A100, ResNet-18 with quantised residuals: nothing dominates any more', async () => {
    const { verdict, ids } = await diagnosed('trt-engine-explorer/a100-resnet18_b32', 'int8-qdq-residual');
    expect(verdict).toBe('worth-it');
    expect(ids).not.toContain('conversions-dominate');
    expect(ids).not.toContain('float-remainder');
  });

  it('H200, thin convolutions by Q/DQ: 16 channels in a 32-wide format, and the border is dear', async () => {
    const { verdict, byId } = await diagnosed('8.5.3/conv16_1024', 'int8-qdq');
    expect(verdict).toBe('slower');
    expect(byId.get('padded-channels')?.advice).toContain('16 channels in groups of 32');
    expect(byId.get('conversions-dominate')?.advice).toContain('--outputIOFormats=int8:chw32');
  });

  it('H200, thin convolutions, --int8 --fp16: the builder chose no INT8 layer', async () => {
    const { verdict, byId } = await diagnosed('8.5.3/conv16_1024', 'int8-implicit');
    expect(verdict).toBe('not-worth-it');
    expect(byId.get('int8-not-used')).toMatchObject({ severity: 'critical', evidence: { int8TimeShare: 0 } });
  });

  it('H200, ResNet-50 with shared biases: 47 constants copied, one layer in INT8', async () => {
    const { byId } = await diagnosed('8.5.3/resnet50_b1-shared-bias', 'int8-implicit');
    expect(byId.get('constant-copied')?.evidence).toMatchObject({ count: 47 });
    expect(byId.get('int8-not-used')).toMatchObject({ severity: 'warning', evidence: { int8Layers: 1 } });
  });

  it('H200, wide MLP: INT8 wins and nothing is wrong', async () => {
    const { verdict, ids } = await diagnosed('8.5.3/mlp4096_b1', 'int8-qdq');
    expect(verdict).toBe('worth-it');
    expect(ids).toEqual([]);
  });

  it('RTX 3090, ResNet-50: INT8 wins, no warning', async () => {
    const answer = await diagnosed('trt-engine-explorer/rtx3090-resnet50_b32', 'int8-qdq');
    expect(answer.verdict).toBe('worth-it');
    expect([...answer.byId.values()].filter((reason) => reason.severity !== 'info')).toEqual([]);
  });
});
