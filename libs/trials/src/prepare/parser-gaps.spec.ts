import type { RuntimeProbe } from '@octet/domain';
import { buildModel, int64Tensor, type Model, type NodeSpec } from '@octet/onnx';
import { describe, expect, it } from 'vitest';
import { checkParserReads } from './parser-gaps.js';

const tensorRt = (version: string): RuntimeProbe => ({ name: 'tensorrt', version }) as RuntimeProbe;

function net(opset: number, ...nodes: Omit<NodeSpec, 'outputs'>[]): Model {
  return buildModel({
    opset,
    inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
    outputs: nodes.map((_, index) => ({ name: `y${index}`, shape: null })),
    initializers: { axes: int64Tensor('axes', [1], [1]), w: { dims: [8], values: new Float32Array(8) } },
    nodes: nodes.map((node, index) => ({ ...node, outputs: [`y${index}`] })),
  });
}

function refusal(model: Model, version: string, plugins = false): string | null {
  try {
    checkParserReads(model, tensorRt(version), plugins);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('checkParserReads', () => {
  const mean: Omit<NodeSpec, 'outputs'> = { op: 'ReduceMean', inputs: ['x', 'axes'] };
  const norm: Omit<NodeSpec, 'outputs'> = { op: 'LayerNormalization', inputs: ['x', 'w'] };

  it('names what the parser does not read, how often, and from which version on it does', () => {
    expect(refusal(net(18, mean, mean, norm), '8.5.3')).toBe(
      'The ONNX parser of TensorRT 8.5.3 does not read all of this model (opset 18): ReduceMean with axes as an input (from TensorRT 10.0), 2 times; LayerNormalization (from TensorRT 8.6). Export the model with opset 16, or use an agent with a newer TensorRT.',
    );
    expect(refusal(net(18, mean, norm), '8.6.1')).not.toContain('LayerNormalization');
    expect(refusal(net(18, mean, norm), '10.0.1')).toBeNull();
    expect(refusal(net(18, mean, norm), '11.1.0')).toBeNull();
  });

  it.each<[string, Omit<NodeSpec, 'outputs'>]>([
    ['num_outputs', { op: 'Split', inputs: ['x'], attributes: { num_outputs: 2 } }],
    ['antialias', { op: 'Resize', inputs: ['x'], attributes: { antialias: 1 } }],
    [
      'keep_aspect_ratio_policy',
      { op: 'Resize', inputs: ['x'], attributes: { keep_aspect_ratio_policy: 'not_larger' } },
    ],
    ['axes', { op: 'Pad', inputs: ['x', 'axes', '', 'axes'] }],
  ])('knows forms that came with opset 18: %s', (what, node) => {
    expect(refusal(net(18, node), '8.6.1')).toContain(`${node.op} with ${what}`);
    expect(refusal(net(18, node), '10.3.0')).toBeNull();
  });

  it('lets through what older parsers read too, whatever the opset says', () => {
    const plain = net(
      18,
      { op: 'ReduceMean', inputs: ['x'] },
      { op: 'ReduceSum', inputs: ['x', 'axes'] },
      { op: 'Resize', inputs: ['x'], attributes: { antialias: 0, keep_aspect_ratio_policy: 'stretch' } },
      { op: 'Gelu', domain: 'com.example', inputs: ['x'] },
    );
    expect(refusal(plain, '8.4.1')).toBeNull();
  });

  it('looks into bodies, and leaves operators that a plugin may be to the plugin', () => {
    const body = net(18, norm).graph;
    const nested = net(18, { op: 'If', inputs: ['x'], attributes: { then_branch: body, else_branch: body } });
    expect(refusal(nested, '8.5.3')).toContain('LayerNormalization (from TensorRT 8.6), 2 times');
    expect(refusal(net(18, norm), '8.5.3', true)).toBeNull();
    expect(refusal(net(18, mean), '8.5.3', true)).toContain('ReduceMean');
  });

  it('is for TensorRT only', () => {
    expect(() =>
      checkParserReads(net(18, norm), { name: 'onnxruntime', version: '1.30.0' } as RuntimeProbe, false),
    ).not.toThrow();
  });
});
