import { describe, expect, it } from 'vitest';
import { intOf } from './attributes.js';
import { buildModel, type ModelSpec } from './build.js';
import { Graph, makeNode } from './graph.js';
import { copyModel } from './model.js';
import { capturedNames, walkSubgraphs } from './subgraphs.js';
import { float32Tensor } from './tensors.js';

const chain: ModelSpec = {
  inputs: [{ name: 'x', shape: [1] }],
  outputs: [{ name: 'z', shape: [1] }],
  initializers: { one: { dims: [1], values: [1] } },
  nodes: [
    { name: 'twice', op: 'Add', inputs: ['y', 'y'], outputs: ['z'] },
    { name: 'first', op: 'Add', inputs: ['x', 'one'], outputs: ['y'] },
  ],
};

const branch = (name: string, captured: string) => {
  const body = buildModel({
    inputs: [{ name: captured, shape: [1] }],
    outputs: [{ name, shape: [1] }],
    nodes: [{ name: `neg_${name}`, op: 'Neg', inputs: [captured], outputs: [name] }],
  });
  body.graph.input = [];
  return body.graph;
};

function conditional() {
  return buildModel({
    inputs: [
      { name: 'c', dataType: 'bool', shape: [] },
      { name: 'x', shape: [1] },
    ],
    outputs: [{ name: 'out', shape: [1] }],
    nodes: [
      { name: 'abs', op: 'Abs', inputs: ['x'], outputs: ['a'] },
      {
        name: 'choose',
        op: 'If',
        inputs: ['c'],
        outputs: ['out'],
        attributes: { then_branch: branch('t', 'a'), else_branch: branch('e', 'x') },
      },
    ],
  });
}

describe('Graph', () => {
  it('sorts nodes given in any order and knows producers and consumers', () => {
    const graph = new Graph(buildModel(chain));
    expect(graph.nodes.map((node) => node.name)).toEqual(['first', 'twice']);
    expect(graph.producers.get('y')?.name).toBe('first');
    expect(graph.consumersOf('y').map((node) => node.name)).toEqual(['twice', 'twice']);
    expect([graph.isInput('x'), graph.isOutput('z'), graph.isInput('one')]).toEqual([true, true, false]);
    expect(graph.orderFault()).toBeNull();
  });

  it('keeps its indexes through edits', () => {
    const graph = new Graph(buildModel(chain));
    const twice = graph.producers.get('z');
    if (twice === undefined) throw new Error('no node');
    graph.addNode({ op: 'Relu', inputs: ['y'], outputs: ['r'] }, twice);
    graph.setInput(twice, 0, 'r');
    expect(graph.consumersOf('y').map((node) => node.opType)).toEqual(['Relu', 'Add']);
    graph.redirect('y', 'r', (node) => node === twice);
    expect(twice.input).toEqual(['r', 'r']);
    expect(graph.consumersOf('y').map((node) => node.opType)).toEqual(['Relu']);
    const [neg] = graph.replaceNode(twice, { op: 'Neg', inputs: ['r'], outputs: ['z'] });
    expect(graph.producers.get('z')).toBe(neg);
    expect(graph.consumersOf('r')).toEqual([neg]);
    expect(graph.orderFault()).toBeNull();
  });

  it('finds a node that reads what nobody has made yet', () => {
    const graph = new Graph(buildModel(chain));
    graph.proto.node.reverse();
    expect(graph.orderFault()).toMatchObject({ tensor: 'y', node: { name: 'twice' } });
    graph.sort();
    expect(graph.orderFault()).toBeNull();
  });

  it('gives names once', () => {
    const graph = new Graph(buildModel(chain));
    expect([graph.uniqueName('y'), graph.uniqueName('y'), graph.uniqueName('new'), graph.uniqueName('new')]).toEqual([
      'y_1',
      'y_2',
      'new',
      'new_1',
    ]);
  });

  it('drops what nobody reads, backwards through a chain', () => {
    const graph = new Graph(buildModel(chain));
    graph.setInitializer(float32Tensor('two', [1], [2]));
    graph.addNode({ op: 'Mul', inputs: ['y', 'two'], outputs: ['p'] });
    graph.addNode({ op: 'Exp', inputs: ['p'], outputs: ['q'] });
    expect(graph.removeUnused()).toBe(2);
    expect([...graph.initializers.keys()]).toEqual(['one']);
    expect(graph.proto.initializer.map((tensor) => tensor.name)).toEqual(['one']);
  });

  it('sees constants through Constant and Identity', () => {
    const value = float32Tensor('', [2], [3, 4]);
    const model = buildModel({
      inputs: [],
      outputs: [{ name: 'd', shape: [2] }],
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['k'], attributes: { value } },
        { op: 'Identity', inputs: ['k'], outputs: ['i'] },
        { op: 'Neg', inputs: ['i'], outputs: ['d'] },
      ],
    });
    const graph = new Graph(model);
    expect(graph.constantOf('i')).toBe(value);
    expect(graph.constantOf('d')).toBeNull();
  });

  it('sorts a chain of 20,000 nodes', () => {
    const nodes = Array.from({ length: 20_000 }, (_, index) => ({
      op: 'Neg',
      inputs: [index === 0 ? 'x' : `t${index - 1}`],
      outputs: [`t${index}`],
    }));
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1] }],
      outputs: [{ name: 't19999', shape: [1] }],
      nodes: nodes.toReversed(),
    });
    expect(model.graph.node[0]?.input).toEqual(['x']);
    expect(new Graph(model).orderFault()).toBeNull();
  });
});

describe('bodies of If and Loop', () => {
  it('are walked with the path that leads to them', () => {
    expect([...walkSubgraphs(conditional().graph)].map(({ node, path }) => [...path, node.name])).toEqual([
      ['choose', 'neg_t'],
      ['choose', 'neg_e'],
    ]);
  });

  it('count as readers of what they capture', () => {
    const graph = new Graph(conditional());
    const holder = graph.producers.get('out');
    if (holder === undefined) throw new Error('no node');
    expect([...capturedNames(holder)]).toEqual(['a', 'x']);
    expect(graph.consumersOf('a')).toEqual([holder]);
    expect([graph.isCaptured('a'), graph.isCaptured('out')]).toEqual([true, false]);
    expect(graph.removeUnused()).toBe(0);
  });
});

describe('copyModel', () => {
  it('lets the copy be edited without touching the first', () => {
    const model = buildModel(chain);
    const graph = new Graph(copyModel(model));
    const [node] = graph.nodes;
    if (node === undefined) throw new Error('no node');
    graph.setInput(node, 1, 'x');
    graph.addNode(makeNode({ op: 'Neg', inputs: ['z'], outputs: ['w'] }));
    expect(model.graph.node.map((other) => other.input)).toEqual([
      ['x', 'one'],
      ['y', 'y'],
    ]);
  });
});

describe('buildModel', () => {
  it('refuses a graph with a hole, a missing output and two nodes of one name', () => {
    const build = (change: Partial<ModelSpec>) => () => buildModel({ ...chain, ...change });
    expect(build({ initializers: {} })).toThrow(/"first" reads "one", which nothing makes/);
    expect(build({ outputs: [{ name: 'none', shape: null }] })).toThrow(/Nothing makes the output "none"/);
    expect(build({ nodes: [...chain.nodes, { name: 'first', op: 'Neg', inputs: ['x'], outputs: ['n'] }] })).toThrow(
      /Two nodes are named "first"/,
    );
  });

  it('writes whole numbers as integers', () => {
    const node = makeNode({ op: 'Gemm', inputs: [], outputs: [], attributes: { transB: 1, alpha: 0.5 } });
    expect([intOf(node, 'transB', 0), intOf(node, 'transA', null)]).toEqual([1, null]);
    expect(node.attribute.map((entry) => entry.type)).toEqual([2, 1]);
  });
});
