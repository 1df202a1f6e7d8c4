import { parseMatrix } from '@octet/protocol';
import { describe, expect, it } from 'vitest';
import { emptyForm, yamlOf } from './matrix-form.js';

describe('yamlOf', () => {
  it('writes a file that the schema reads back', () => {
    const matrix = parseMatrix(
      yamlOf({
        ...emptyForm,
        models: [{ name: 'ocr', data: 'd'.repeat(64), shapes: 'x: batch,3,48,320', accuracy: 'top1 0.01' }],
        batches: '1, 4 8',
        scheme: 'dynamic-asymmetric',
        runtimes: ['onnxruntime'],
      }),
      'matrix.yaml',
    );
    expect(matrix.models[0]).toEqual({
      source: { name: 'ocr' },
      shapes: [{ x: ['batch', 3, 48, 320] }],
      data: 'd'.repeat(64),
      accuracy: { metric: 'top1', maxDrop: 0.01 },
    });
    expect(matrix.batches).toEqual([1, 4, 8]);
    expect(matrix.int8[0]).toMatchObject({ scheme: 'dynamic-asymmetric', calibrator: null });
    expect(matrix.devices.runtimes).toEqual(['onnxruntime']);
  });

  it('keeps what makes no sense, for the schema to name', () => {
    const text = yamlOf({ ...emptyForm, models: [{ name: 'm', data: '', shapes: '', accuracy: '' }], batches: 'four' });
    expect(() => parseMatrix(text, 'matrix.yaml')).toThrow(/matrix\.yaml:\d+.*/);
  });
});
