import { expect, it } from 'vitest';
import { matrixFileOf } from './matrix-document.js';
import { parseMatrix } from './matrix-file.js';

const digest = 'a'.repeat(64);

it.each([
  ['the least', { models: [{ name: 'm' }] }],
  ['no int8', { models: [{ name: 'm' }], variants: ['fp32'] }],
  [
    'everything',
    {
      name: 'release-42',
      models: [
        {
          sha256: digest,
          shapes: [{ x: ['batch', 3, 48, 320] }],
          data: digest,
          accuracy: { metric: 'top1', maxDrop: 0.01 },
        },
        { path: 'models/b.onnx', accuracy: { metric: 'cosine', atLeast: 0.99 } },
      ],
      batches: [1, 4],
      variants: ['fp32', 'int8'],
      int8: [
        { scheme: 'dynamic-symmetric' },
        { scheme: 'static-symmetric', calibrator: 'entropy', weightBits: 7, exclude: ['head'], placement: 'implicit' },
        { model: 'own.onnx', sha256: digest },
      ],
      devices: { architectures: ['sm_86'], classes: ['c'], runtimes: ['tensorrt'], threads: 2 },
      measure: { threshold: 1.1, halfWidth: 0.02, minRounds: 15, maxSeconds: 30 },
      priority: 1,
      seed: 7,
      force: true,
    },
  ],
])('%s: written as a file, it reads as the same matrix', (_, file) => {
  const matrix = parseMatrix(JSON.stringify(file), 'a');
  expect(parseMatrix(JSON.stringify(matrixFileOf(matrix)), 'b')).toEqual(matrix);
});
