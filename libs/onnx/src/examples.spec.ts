import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMatrix } from '@octet/protocol';
import { unzipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { idx, readDigits } from '../../../examples/digits.js';
import { thinConvolutions, wideMlp } from '../../../examples/generated-models.js';
import { npz } from '../../../examples/npz.js';
import { packageModels } from '../../../examples/package-models.js';
import { directionInputs, readLines, recognitionInputs } from '../../../examples/text-lines.js';
import { realModels } from '../test/run-model.js';
import { inspectModel } from './inspect/inspect.js';
import { modelBytes } from './serialize.js';

const examples = join(import.meta.dirname, '../../../examples');
const lines = readLines(join(examples, 'data', 'ocr-lines'));

async function run(
  path: string,
  name: string,
  input: { values: unknown; dims: readonly number[] } | undefined,
): Promise<Tensor> {
  const session = await InferenceSession.create(path);
  const outputs = await session.run({
    [name]: new Tensor('float32', input?.values as Float32Array, input?.dims ?? []),
  });
  await session.release();
  const [output] = Object.values(outputs);
  if (output === undefined) throw new Error('no output');
  return output;
}

/** Index of the largest value in each row of `width`. */
function largest(output: Tensor, width: number): number[] {
  const data = output.data as Float32Array;
  return Array.from({ length: data.length / width }, (_, row) => {
    let best = 0;
    for (let i = 1; i < width; i++) if ((data[row * width + i] ?? 0) > (data[row * width + best] ?? 0)) best = i;
    return best;
  });
}

describe('FP32 outputs make sense on the example inputs', () => {
  it('the digit classifier is right on at least 97 % of 2,000 digits it never saw', async () => {
    const { test, calibration } = readDigits();
    const values = Float32Array.from(test.images, (pixel) => pixel / 255);
    const found = largest(
      await run(join(examples, 'models', 'mnist-cnn.onnx'), 'image', { values, dims: [2000, 1, 28, 28] }),
      10,
    );
    const right = found.filter((digit, index) => digit === test.labels[index]).length;
    expect(right).toBeGreaterThanOrEqual(1940);
    expect([...test.labels.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    const hashes = (images: Uint8Array) =>
      Array.from({ length: images.length / 784 }, (_, i) =>
        createHash('sha1')
          .update(images.subarray(i * 784, (i + 1) * 784))
          .digest('hex'),
      );
    const held = new Set(hashes(test.images));
    expect(hashes(calibration.images).filter((hash) => held.has(hash))).toEqual([]);
  });

  it('text recognition reads at least 40 of 48 rendered lines exactly', async () => {
    const keys = readFileSync(join(realModels.recognition, '..', 'ppocr_keys_v1.txt'), 'utf8')
      .split('\n')
      .filter((key) => key !== '');
    const output = await run(realModels.recognition, 'x', recognitionInputs(lines)['x']);
    const alphabet = ['', ...keys, ' '];
    const best = largest(output, alphabet.length);
    const steps = best.length / lines.length;
    // CTC: repeated classes are one, class 0 is blank.
    const read = (line: number) =>
      best
        .slice(line * steps, (line + 1) * steps)
        .filter((key, i, row) => key !== 0 && key !== row[i - 1])
        .map((key) => alphabet[key])
        .join('');
    const plain = (text: string) => text.replaceAll(' ', '');
    expect(lines.filter((line, index) => plain(read(index)) === plain(line.text)).length).toBeGreaterThanOrEqual(40);
  });

  it('the direction classifier tells upright from turned lines', async () => {
    const { x, labels } = directionInputs(lines);
    const found = largest(await run(realModels.direction, 'x', x), 2);
    expect(found.filter((direction, index) => direction === labels?.values[index]).length).toBeGreaterThanOrEqual(86);
  });
});

describe('example files', () => {
  it('matrix.yaml is valid and names models that are prepared', () => {
    const matrix = parseMatrix(readFileSync(join(examples, 'matrix.yaml'), 'utf8'), 'matrix.yaml');
    const prepared = [...Object.keys(packageModels()), 'mnist-cnn.onnx', 'mlp-2048.onnx', 'conv16-256.onnx'].map(
      (name) => `models/${name}`,
    );
    expect(matrix.models.map((model) => ('path' in model.source ? model.source.path : '')).toSorted()).toEqual(
      prepared.toSorted(),
    );
    expect(matrix.batches).toEqual([1]);
    // The rounds of the whole demo take two minutes at most.
    expect(matrix.models.length * matrix.measure.maxSeconds).toBeLessThanOrEqual(120);
  });

  it('generated models are the same on every machine', () => {
    const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    expect([sha(modelBytes(wideMlp(32, 2).proto)), sha(modelBytes(thinConvolutions(8, 4, 2).proto))]).toEqual([
      '049afba073b2bdda',
      '42fbe685b74a0d13',
    ]);
    const info = inspectModel(wideMlp(64, 6), { shapes: { x: [1, 64] } });
    expect([info.parameters, info.macs]).toEqual([6 * (64 * 64 + 64), 6 * 64 * 64]);
  });

  it('npz and IDX are what NumPy and MNIST define', () => {
    const archive = unzipSync(
      npz({ x: { dims: [2, 1], values: Float32Array.of(1, -2) }, labels: { dims: [2], values: Int32Array.of(3, 4) } }),
    );
    const array = archive['x.npy'] ?? new Uint8Array();
    const text = Buffer.from(array).toString('latin1');
    expect(text.startsWith("\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }")).toBe(
      true,
    );
    expect([array.length % 64, new Float32Array(array.slice(-8).buffer)]).toEqual([8, Float32Array.of(1, -2)]);
    expect(Buffer.from(archive['labels.npy'] ?? []).toString('latin1')).toContain("'<i4'");
    expect(Buffer.from(idx([1, 2], Uint8Array.of(7, 8))).toString('hex')).toBe('000008020000000100000002' + '0708');
  });
});
