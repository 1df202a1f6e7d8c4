import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readGraph, type OrtGraph } from './ort-graph.js';
import { groupedMedian, layersOf, type ProfileEvent } from './profile-layers.js';

const fixtures = new URL('../../../../test/fixtures/onnxruntime/1.30.0/', import.meta.url);
const events = JSON.parse(readFileSync(new URL('dense-int8.profile.json', fixtures), 'utf8')) as ProfileEvent[];
const graph = readGraph(readFileSync(new URL('dense-int8.optimized.onnx', fixtures)));
const context = { ownTransposes: new Set<string>(), skipRuns: 2 };

describe('layersOf', () => {
  it('reads a captured profile: order, kinds, activation types and shapes', () => {
    const layers = layersOf(events, graph, context);
    expect(layers.map(({ name, type, kind }) => [name, type, kind])).toEqual([
      ['qx', 'QuantizeLinear', 'conversion'],
      ['dense', 'QLinearMatMul', 'compute'],
      ['dy', 'DequantizeLinear', 'conversion'],
    ]);
    expect(layers.map(({ inputs }) => inputs.map(({ name, dataType, dims }) => [name, dataType, dims]))).toEqual([
      [['x', 'fp32', [64, 64]]],
      [['xq', 'uint8', [64, 64]]],
      [['yq', 'uint8', [64, 64]]],
    ]);
    expect(layers.map(({ outputs }) => outputs[0]?.dataType)).toEqual(['uint8', 'uint8', 'fp32']);
  });

  it('gives no layer a time where a GPU computes: its events end with the launch', () => {
    const onCuda = events.map((event) =>
      event.name.startsWith('dense') ? { ...event, args: { ...event.args, provider: 'CUDAExecutionProvider' } } : event,
    );
    const layers = layersOf(onCuda, graph, context);
    expect(layers.map(({ provider, timeNs }) => [provider, timeNs])).toEqual([
      ['CPUExecutionProvider', null],
      ['CUDAExecutionProvider', null],
      ['CPUExecutionProvider', null],
    ]);
  });

  it('takes the median over the runs that count', () => {
    const [quantize] = layersOf(events, graph, context);
    const durations = events.filter(({ name }) => name === 'qx_kernel_time').map(({ dur }) => dur);
    expect(durations).toHaveLength(7);
    expect(quantize?.timeNs).toBe(Math.round(groupedMedian(durations.slice(2)) * 1000));
  });

  it("tells the runtime's Transposes from the user's, and lists a weight that is dequantised at each run", () => {
    const node = (op: string, inputs: string[], outputs: string[]) => ({ name: op, op, domain: '', inputs, outputs });
    const made: OrtGraph = {
      nodes: [node('Transpose', ['x'], ['t']), node('DequantizeLinear', ['w', 's', 'z'], ['wf'])],
      initializers: new Map(['w', 's', 'z'].map((name) => [name, { onnxType: 3, dims: [2] }])),
      innerNames: new Set(['inner']),
    };
    const event = (index: number, name: string, input: string, output: string): ProfileEvent => ({
      cat: 'Node',
      name: `${name}_kernel_time`,
      dur: 5,
      args: {
        op_name: name,
        node_index: String(index),
        input_type_shape: [{ [input]: [2] }],
        output_type_shape: [{ [output]: [2] }],
      },
    });
    const ran = [
      event(0, 'Transpose', 'float', 'float'),
      event(1, 'DequantizeLinear', 'int8', 'float'),
      event(0, 'inner', 'float', 'float'),
    ];
    const layers = layersOf(ran, made, { ownTransposes: new Set(), skipRuns: 0 });
    expect(layers.map(({ kind, inputs }) => [kind, inputs[0]?.name, inputs[0]?.dataType])).toEqual([
      ['conversion', 'x', 'fp32'],
      ['conversion', 'w', 'int8'],
    ]);
    const own = layersOf(ran, made, { ownTransposes: new Set(['t']), skipRuns: 0 });
    expect(own[0]?.kind).toBe('compute');
  });
});

describe('groupedMedian', () => {
  it('spreads equal whole microseconds over their class', () => {
    // Two of four lie in [2, 3), none below: the median is half of four, that is at its end.
    expect(groupedMedian([2, 2, 3, 3])).toBe(3);
    expect(groupedMedian([2, 2, 2, 2])).toBe(2.5);
    expect(groupedMedian([1, 2, 2, 3])).toBe(2.5);
    expect(groupedMedian([7])).toBe(7.5);
  });

  it('is near the true median of rounded times', () => {
    const times = Array.from({ length: 101 }, (_, index) => 2 + index / 100);
    expect(groupedMedian(times.map(Math.floor))).toBeCloseTo(2.505, 2);
  });
});
