import { describe, expect, it } from 'vitest';
import { copiesConstant, layerGraph, positionOf } from './layer-graph.js';
import { sampleConversion as conversion, sampleEngine as engine, sampleLayer as layer } from './sample-facts.js';

function positions(layers: ReturnType<typeof engine>): Record<string, string> {
  const graph = layerGraph(layers);
  return Object.fromEntries(layers.map((one) => [one.name, positionOf(one, graph)]));
}

describe('where a layer stands', () => {
  it('looks through layers that compute nothing, both ways', () => {
    const layers = engine(
      conversion('relayout', 'x:fp32:1:A', 'x2:fp32:1:B', 1),
      conversion('q', 'x2:fp32', 'xq:int8', 1),
      layer('conv1', ['xq:int8'], ['a:int8'], 1),
      conversion('between', 'a:int8', 'b:int8', 1),
      layer('conv2', ['b:int8'], ['c:int8'], 1),
      conversion('dq', 'c:int8', 'y:fp32', 1),
      conversion('last', 'y:fp32', 'z:fp32', 1),
    );
    expect(positions(layers)).toEqual({
      relayout: 'input',
      q: 'input',
      conv1: 'input',
      between: 'inside',
      conv2: 'output',
      dq: 'output',
      last: 'output',
    });
  });

  it('ends on tensors that are written in place and on rings', () => {
    const layers = engine(
      conversion('in place', 'x:int8', 'x:int8', 1),
      conversion('there', 'a:int8', 'b:int8', 1),
      conversion('back', 'b:int8', 'a:int8', 1),
      layer('conv', ['a:int8'], ['y:int8'], 1),
    );
    expect(positions(layers)).toEqual({ 'in place': 'input', there: 'input', back: 'input', conv: 'input' });
  });

  it('walks a chain of 50,000 layers and a tensor that 50,000 layers read', () => {
    const count = 50_000;
    const chain = engine(
      layer('first', ['x:int8'], ['t0:int8'], 1),
      ...Array.from({ length: count }, (_, index) =>
        conversion(`c${index}`, `t${index}:int8:1:A`, `t${index + 1}:int8:1:B`, 1),
      ),
      ...Array.from({ length: count }, (_, index) => layer(`f${index}`, [`t${count}:int8`], [`o${index}:int8`], 1)),
    );
    const graph = layerGraph(chain);
    expect(positionOf(chain[1]!, graph)).toBe('inside');
    expect(positionOf(chain[count]!, graph)).toBe('inside');
    expect(graph.consumers.get(`t${count}`)).toHaveLength(count);
    expect(layerGraph(chain)).toBe(graph);
  });
});

describe('copies of constants', () => {
  it('are told through other copies, and not where an activation comes in', () => {
    const layers = engine(
      layer('bias', [], ['k:fp32'], 5, { type: 'Constant', kind: 'conversion' }),
      conversion('copy', 'k:fp32', 'k2:fp32', 5),
      conversion('again', 'k2:fp32', 'k3:fp16', 5),
      layer('weights', [], ['w:int8'], 5, { type: 'DequantizeLinear', kind: 'conversion' }),
      conversion('activation', 'x:fp32', 'x2:fp16', 5),
      conversion('untimed', 'k:fp32', 'k4:fp32', 0),
    );
    const graph = layerGraph(layers);
    expect(layers.filter((one) => copiesConstant(one, graph)).map(({ name }) => name)).toEqual([
      'bias',
      'copy',
      'again',
      'weights',
    ]);
  });
});
