import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { gzipSync, zipSync } from 'fflate';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { InputSpec } from '../tensor.js';
import { batchStream } from './batch-stream.js';
import { splitHeldOut, subset, tableDataset } from './dataset.js';
import { readNpy } from './npy.js';
import { randomDataset, readDataset } from './read-dataset.js';

/** Bytes as numpy.save writes them (checked against numpy 2 by hand for '<f4'). */
function npy(descr: string, dims: number[], data: Uint8Array, fortran = false): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${dims.join(', ')}${dims.length === 1 ? ',' : ''}), }`;
  const padded = `${text.padEnd(117)}\n`;
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length, 0]),
    Buffer.from(padded),
    data,
  ]);
}

const bytesOf = (values: Float32Array | Float64Array | BigInt64Array): Uint8Array => new Uint8Array(values.buffer);
const floats = (dims: number[], values: number[]): Uint8Array => npy('<f4', dims, bytesOf(Float32Array.from(values)));

const x: InputSpec = { name: 'x', dataType: 'float32', dims: [-1, 2] };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-dataset-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('readNpy', () => {
  it('reads float32, float64, int64 and big-endian arrays', () => {
    expect(readNpy(floats([2, 2], [1, 2, 3, 4]), 'a')).toEqual({
      dataType: 'float32',
      dims: [2, 2],
      data: Float32Array.of(1, 2, 3, 4),
    });
    expect(readNpy(npy('<f8', [2], bytesOf(Float64Array.of(0.5, -1))), 'a').data).toEqual(Float32Array.of(0.5, -1));
    expect(readNpy(npy('<i8', [1], bytesOf(BigInt64Array.of(-7n))), 'a').data).toEqual(BigInt64Array.of(-7n));
    expect(readNpy(npy('>f4', [1], Uint8Array.of(0x3f, 0x80, 0, 0)), 'a').data).toEqual(Float32Array.of(1));
  });

  it.each([
    ['no signature', Uint8Array.of(1, 2, 3), /signature/],
    ['cut short', floats([4], [1, 2]), /holds 8 bytes of data where its shape needs 16/],
    ['Fortran order', npy('<f4', [2, 2], new Uint8Array(16), true), /Fortran/],
    ['a type without meaning', npy('<c8', [1], new Uint8Array(8)), /<c8/],
  ])('says what is wrong: %s', (_, bytes, message) => {
    expect(() => readNpy(bytes, 'a')).toThrow(message);
  });
});

describe('readDataset', () => {
  it('reads .npz by input name, with labels', async () => {
    const arrays = {
      'x.npy': floats([3, 2], [1, 2, 3, 4, 5, 6]),
      'labels.npy': npy('<i8', [3], bytesOf(BigInt64Array.of(0n, 1n, 2n))),
    };
    const dataset = await readDataset(await write('a.npz', zipSync(arrays)), { inputs: [x] });
    expect(dataset.count).toBe(3);
    expect([...dataset.labels!]).toEqual([0, 1, 2]);
    expect(dataset.batch(1, 2)['x']).toEqual({ dataType: 'float32', dims: [2, 2], data: Float32Array.of(3, 4, 5, 6) });
    expect(dataset.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('reads IDX plain and gzipped, with labels, over 255', async () => {
    const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 102);
    await write('t-labels-idx1-ubyte', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9));
    const input: InputSpec = { name: 'image', dataType: 'float32', dims: [-1, 1, 1, 2] };
    const plain = await readDataset(await write('t-images-idx3-ubyte', images), { inputs: [input] });
    const packed = await readDataset(await write('u-images-idx3-ubyte.gz', gzipSync(images)), { inputs: [input] });
    expect(plain.batch(0, 2)['image']).toEqual({
      dataType: 'float32',
      dims: [2, 1, 1, 2],
      data: Float32Array.of(0, 1, 0.2, 0.4),
    });
    expect(packed.batch(0, 2)).toEqual(plain.batch(0, 2));
    expect([...plain.labels!]).toEqual([7, 9]);
    expect(packed.labels).toBeNull();
  });

  it('reads a folder of pictures by its recipe', async () => {
    const pictures = join(folder, 'pictures');
    await mkdir(pictures);
    const png = new PNG({ width: 2, height: 1 });
    png.data.set([255, 0, 0, 255, 0, 0, 255, 255]);
    await writeFile(join(pictures, 'a.png'), PNG.sync.write(png));
    await writeFile(join(pictures, 'preprocess.json'), JSON.stringify({ channels: 'bgr', mean: [0.5], std: [0.5] }));
    await writeFile(join(pictures, 'labels.json'), '{"a.png": 4}');
    const dataset = await readDataset(pictures, { inputs: [{ name: 'x', dataType: 'float32', dims: [-1, 3, 1, 2] }] });
    // Blue plane, green plane, red plane; (value/255 - 0.5) / 0.5.
    expect([...dataset.batch(0, 1)['x']!.data]).toEqual([-1, 1, -1, -1, 1, -1]);
    expect([...dataset.labels!]).toEqual([4]);
  });

  it('names tensor, what was found and what is wanted for a wrong shape', async () => {
    const path = await write('wrong.npy', floats([2, 3], [1, 2, 3, 4, 5, 6]));
    await expect(readDataset(path, { inputs: [x] })).rejects.toThrow(/"x".*\[2,3\].*x: float32\[N,2\]/);
  });

  it('refuses a missing file, an empty one, an unknown format and a missing input', async () => {
    await expect(readDataset(join(folder, 'none.npz'), { inputs: [x] })).rejects.toMatchObject({
      code: 'dataset-missing',
    });
    await expect(readDataset(await write('empty.npy', floats([0, 2], [])), { inputs: [x] })).rejects.toMatchObject({
      code: 'dataset-empty',
    });
    await expect(readDataset(await write('what.bin', Uint8Array.of(9, 9, 9)), { inputs: [x] })).rejects.toMatchObject({
      code: 'dataset-format',
    });
    const two = await write('two.npz', zipSync({ 'a.npy': floats([1, 2], [1, 2]), 'b.npy': floats([1, 2], [1, 2]) }));
    await expect(readDataset(two, { inputs: [x] })).rejects.toThrow(/no array for input x.*a, b/);
  });

  it('names tensor and batch of a NaN', async () => {
    const dataset = await readDataset(await write('nan.npy', floats([4, 2], [1, 2, 3, 4, Number.NaN, 6, 7, 8])), {
      inputs: [x],
    });
    expect(() => dataset.batch(2, 2)).toThrow(/"x" holds NaN in batch 1/);
    expect(dataset.batch(0, 2)['x']!.dims).toEqual([2, 2]);
  });
});

describe('batchStream', () => {
  const dataset = randomDataset([x], {}, 3, 10);

  it('gives each sample once, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.option(fc.nat()), (batchSize, seed) => {
        const stream = batchStream(dataset, { batchSize, batches: null, firstBatch: 0, seed });
        const seen = [...stream].flatMap((batch) => [...(batch['x']!.data as Float32Array)]);
        const all = [...(dataset.batch(0, 10)['x']!.data as Float32Array)];
        expect(seen).toHaveLength(stream.batches * batchSize * 2);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.every((value) => all.includes(value))).toBe(true);
      }),
    );
  });

  it('skips first batches and refuses more than there is', () => {
    const stream = batchStream(dataset, { batchSize: 2, batches: 2, firstBatch: 1, seed: null });
    expect(stream.getBatch(0)).toEqual(dataset.batch(2, 2));
    const tooMany = { batchSize: 4, batches: 3, firstBatch: 0, seed: null };
    expect(() => batchStream(dataset, tooMany)).toThrow(expect.objectContaining({ code: 'dataset-too-small' }));
    expect(() => batchStream(dataset, { ...tooMany, batchSize: 11, batches: null })).toThrow(/holds 10 samples/);
  });
});

describe('splitHeldOut', () => {
  it('is seeded, disjoint and complete', () => {
    const values = Float32Array.from({ length: 8 }, (_, i) => i);
    const dataset = tableDataset(
      [{ name: 'x', constant: false, tensor: { dataType: 'float32', dims: [8, 1], data: values } }],
      'h',
      null,
    );
    const { calibration, heldOut, overlaps } = splitHeldOut(dataset, 5);
    const of = (part: typeof dataset): number[] => [...(part.batch(0, part.count)['x']!.data as Float32Array)];
    expect(overlaps).toBe(false);
    expect(heldOut.count).toBe(2);
    expect([...of(calibration), ...of(heldOut)].toSorted((a, b) => a - b)).toEqual([...values]);
    expect(of(splitHeldOut(dataset, 5).heldOut)).toEqual(of(heldOut));
    expect(calibration.hash).not.toBe(heldOut.hash);
    expect(splitHeldOut(subset(dataset, Int32Array.of(1), 'one'), 5).overlaps).toBe(true);
  });
});
