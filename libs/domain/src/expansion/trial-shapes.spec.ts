import { describe, expect, it } from 'vitest';
import type { ShapeDimension } from '../matrix.js';
import type { ModelInputFacts } from './model-facts.js';
import { trialShapes } from './trial-shapes.js';

const facts = (inputs: ModelInputFacts[]) => ({ name: 'net', sha256: 'f'.repeat(64), inputs });
const x = (...dims: (number | string | null)[]): ModelInputFacts => ({ name: 'x', dims });

describe('trialShapes', () => {
  const table: [string, ModelInputFacts[], Record<string, ShapeDimension[]> | null, number, unknown][] = [
    ['symbolic batch', [x('N', 784)], null, 4, { x: [4, 784] }],
    ['unnamed batch', [x(null, 784)], null, 4, { x: [4, 784] }],
    ['fixed model, its own batch', [x(1, 25, 96)], null, 1, { x: [1, 25, 96] }],
    ['fixed model, another batch', [x(1, 25, 96)], null, 4, 'fixed-batch'],
    ['fixed model, batch asked for by word', [x(1, 25, 96)], { x: ['batch', 25, 96] }, 4, 'fixed-batch'],
    ['values for dynamic dimensions', [x('N', 3, 'H', 'W')], { x: ['batch', 3, 48, 320] }, 6, { x: [6, 3, 48, 320] }],
    ['no value', [x('N', 3, 'H', 'W')], null, 1, 'shape-missing'],
    ['a fixed dimension asked for otherwise', [x('N', 3, 8)], { x: ['batch', 4, 8] }, 1, 'shape-fixed'],
    ['wrong rank', [x('N', 3, 8)], { x: ['batch', 3] }, 1, 'shape-rank'],
    ['a model without inputs', [], null, 1, 'no-inputs'],
    ['unknown input', [x('N', 3)], { y: ['batch', 3] }, 1, 'unknown-input'],
    ['a shape with a number for the batch', [x('N', 3)], { x: [1, 3] }, 1, { x: [1, 3] }],
    ['a shape with another number for the batch', [x('N', 3)], { x: [1, 3] }, 4, 'fixed-batch'],
    [
      'the batch symbol in another place (a recurrent state)',
      [x('N', 576), { name: 'state', dims: [2, 'N', 128] }, { name: 'sr', dims: [] }],
      null,
      3,
      { x: [3, 576], state: [2, 3, 128], sr: [] },
    ],
    [
      'a size that another input was given for a dimension of the same name',
      [
        { name: 'ids', dims: ['batch', 'sequence'] },
        { name: 'mask', dims: ['batch', 'sequence'] },
      ],
      { mask: ['batch', 64] },
      2,
      { ids: [2, 64], mask: [2, 64] },
    ],
    [
      'a batch behind another dynamic dimension',
      [x('time', 'batch', 8), { name: 'state', dims: [2, 'batch', 16] }],
      { x: [20, 'batch', 8] },
      3,
      { x: [20, 3, 8], state: [2, 3, 16] },
    ],
    [
      'a fixed first dimension beside an input that carries the batch',
      [x('batch', 8), { name: 'table', dims: [2, 8] }, { name: 'rate', dims: [] }],
      null,
      5,
      { x: [5, 8], table: [2, 8], rate: [] },
    ],
    ['a vector is no batch of more than one', [x(10)], null, 2, 'fixed-batch'],
    ['a scalar only', [{ name: 'sr', dims: [] }], null, 1, { sr: [] }],
  ];
  it.each(table)('%s', (_name, inputs, requested, batch, expected) => {
    const answer = trialShapes(facts(inputs), requested, batch);
    expect(answer.ok ? answer.shapes : answer.code).toEqual(expected);
  });
});
