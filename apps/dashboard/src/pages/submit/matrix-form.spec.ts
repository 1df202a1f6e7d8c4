import { parseMatrix, type MatrixDocument } from '@octet/protocol';
import { cpuDevice, gpuDevice, runtimeProbe, slot } from '@octet/testing';
import { describe, expect, it } from 'vitest';
import { abilitiesOf } from '../fleet/device-abilities.js';
import { emptyForm, yamlOf, yamlOfRequest } from './matrix-form.js';

describe('yamlOf', () => {
  it('writes a file that the schema reads back', () => {
    const matrix = parseMatrix(
      yamlOf({
        ...emptyForm([]),
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
    const text = yamlOf({
      ...emptyForm([]),
      models: [{ name: 'm', data: '', shapes: '', accuracy: '' }],
      batches: 'four',
    });
    expect(() => parseMatrix(text, 'matrix.yaml')).toThrow(/matrix\.yaml:\d+.*/);
  });
});

describe('the form as it opens', () => {
  const onCpu = { device: cpuDevice(), runtimes: [runtimeProbe({ name: 'onnxruntime', version: '1.30.0' })] };
  const onGpu = (architecture: `sm_${number}`, name: string) => ({
    device: gpuDevice({ architecture, name }),
    runtimes: [runtimeProbe({ name: 'tensorrt', version: '8.5.3' })],
  });

  it.each([
    ['no device is known yet', [], true],
    ['a GPU beside a CPU', [onCpu, onGpu('sm_86', 'NVIDIA A10')], true],
    ['CPUs only', [onCpu], false],
    ['a GPU without fast FP16', [onGpu('sm_61', 'Tesla P4')], false],
  ])('asks for FP16 where a device runs it fast, or may: %s', (_, devices, asked) => {
    const slots = devices.map((device) => ({ ...slot(device), running: null, reading: null }));
    const { variants } = emptyForm(abilitiesOf([{ slots }]));
    expect(variants).toEqual(asked ? ['fp32', 'fp16', 'int8'] : ['fp32', 'int8']);
  });
});

it('writes an earlier request as a file that reads as the same, with names beside the hashes', () => {
  const sha256 = 'ab'.repeat(32);
  const request = {
    name: 'once',
    models: [{ sha256, shapes: [{ x: ['batch', 4] }] }],
    batches: [1, 4],
    variants: ['fp32', 'int8'],
    devices: 'all',
  };
  const model = { name: 'ocr: rec', sha256 };
  const text = yamlOfRequest({ request, trials: [{ model }] as MatrixDocument['trials'], refused: [] });
  expect(text).toContain(`${sha256} # ocr: rec`);
  expect(text).toContain('batches: [ 1, 4 ]');
  expect(parseMatrix(text, 'a')).toEqual(parseMatrix(JSON.stringify(request), 'b'));
});
