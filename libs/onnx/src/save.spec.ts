import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import {
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from 'onnx-buf';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { noise, realModels } from '../test/run-model.js';
import { buildModel } from './build.js';
import { hashFile, hashModel, modelFiles } from './hash.js';
import { loadModel, parseModel } from './load.js';
import type { Model } from './model.js';
import { saveModel } from './save.js';
import { simplify } from './simplify/simplify.js';
import { modelBytes } from './serialize.js';
import { isExternal } from './tensor-bytes.js';
import { tensorToFloat32 } from './tensors.js';

const root = mkdtempSync(join(tmpdir(), 'octet-save-'));
let folder = root;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true }));

const weights = noise(64 * 64);

function dense(): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['n', 64] }],
    outputs: [{ name: 'y', shape: ['n', 64] }],
    initializers: { w: { dims: [64, 64], values: weights }, b: { dims: [64], values: new Float32Array(64).fill(0.5) } },
    nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['y'] }],
  });
}

function withLocation(location: string, length = 16): Uint8Array {
  const model = dense();
  const entry = (key: string, value: string) => create(StringStringEntryProtoSchema, { key, value });
  model.graph.initializer.push(
    create(TensorProtoSchema, {
      name: 'elsewhere',
      dims: [4n],
      dataType: TensorProto_DataType.FLOAT,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: [entry('location', location), entry('length', String(length))],
    }),
  );
  return modelBytes(model.proto);
}

describe('round trips', () => {
  it.each(Object.entries(realModels))('writes %s byte for byte as it was', async (_, path) => {
    const model = await loadModel(path);
    expect(Buffer.compare(modelBytes(model.proto), readFileSync(path))).toBe(0);
    const copy = join(folder, 'copy.onnx');
    await saveModel(model, copy);
    expect(await hashModel(copy)).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'));
    expect(readdirSync(folder)).toEqual(['copy.onnx']);
  });

  it('keeps weights in a file of their own when asked, at page borders', async () => {
    const path = join(folder, 'm.onnx');
    await saveModel(dense(), path, { externalDataThresholdBytes: 1 });
    const loaded = await loadModel(path);
    const [w, b] = loaded.graph.initializer;
    if (w === undefined || b === undefined) throw new Error('no initialisers');
    expect([isExternal(w), isExternal(b)]).toEqual([true, true]);
    expect(tensorToFloat32(w, loaded)).toEqual(weights);
    expect(tensorToFloat32(b, loaded)).toEqual(new Float32Array(64).fill(0.5));
    expect(b.externalData.find((entry) => entry.key === 'offset')?.value).toBe('16384');
    expect(statSync(`${path}.data`).size).toBe(16384 + 256);
  });

  it('saves a model with external data over itself and elsewhere', async () => {
    const path = join(folder, 'm.onnx');
    await saveModel(dense(), path, { externalDataThresholdBytes: 1024 });
    const before = await hashModel(path);
    await saveModel(await loadModel(path), path);
    expect(await hashModel(path)).toBe(before);
    const other = join(folder, 'other.onnx');
    await saveModel(await loadModel(path), other, { externalDataThresholdBytes: Infinity });
    expect(modelFiles(other)).toHaveLength(1);
    const inline = await loadModel(other);
    expect(tensorToFloat32(inline.graph.initializer[0] ?? create(TensorProtoSchema))).toEqual(weights);
  });
});

describe('hash', () => {
  it('covers external data: another weight is another model', async () => {
    const path = join(folder, 'm.onnx');
    await saveModel(dense(), path, { externalDataThresholdBytes: 1024 });
    const before = await hashModel(path);
    const lines = `${await hashFile(path)}  \n${await hashFile(`${path}.data`)}  m.onnx.data\n`;
    expect(before).toBe(createHash('sha256').update(lines).digest('hex'));
    const data = readFileSync(`${path}.data`);
    data[100] = (data[100] ?? 0) ^ 1;
    writeFileSync(`${path}.data`, data);
    expect(await hashModel(path)).not.toBe(before);
  });
});

describe('external data that can not be had', () => {
  it.each(['../secret.bin', '/etc/passwd', 'a/../../secret.bin', '..\\secret.bin', ''])(
    'refuses the location "%s"',
    (location) => {
      expect(() => parseModel(withLocation(location), { baseDir: folder })).toThrow(
        expect.objectContaining({ code: 'external-data-outside' }) as Error,
      );
    },
  );

  it('refuses a link that leads out of the folder', () => {
    writeFileSync(join(root, 'secret.bin'), 'sixteen bytes!!!');
    symlinkSync(join(root, 'secret.bin'), join(folder, 'w.bin'));
    expect(() => parseModel(withLocation('w.bin'), { baseDir: folder })).toThrow(
      expect.objectContaining({ code: 'external-data-outside' }) as Error,
    );
  });

  it('names a missing file', async () => {
    const path = join(folder, 'm.onnx');
    writeFileSync(path, withLocation('weights/w.bin'));
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'external-data-missing',
      message: expect.stringContaining('weights/w.bin') as string,
    });
    expect(() => parseModel(withLocation('w.bin'))).toThrow(/given as bytes/);
  });

  it('tells a file that is too short, and a length that contradicts the dims', async () => {
    const path = join(folder, 'm.onnx');
    await saveModel(dense(), path, { externalDataThresholdBytes: 1024 });
    truncateSync(`${path}.data`, 1000);
    const model = await loadModel(path);
    const [w] = model.graph.initializer;
    if (w === undefined) throw new Error('no initialiser');
    expect(() => tensorToFloat32(w, model)).toThrow(
      expect.objectContaining({ code: 'external-data-truncated' }) as Error,
    );
    writeFileSync(join(folder, 'w.bin'), new Uint8Array(64));
    const wrong = parseModel(withLocation('w.bin', 64), { baseDir: folder });
    const last = wrong.graph.initializer.at(-1);
    if (last === undefined) throw new Error('no initialiser');
    expect(() => tensorToFloat32(last, wrong)).toThrow(/claims 64 bytes where its type and dims need 16/);
  });

  it('is not left pointing at another folder from inside a Constant node', async () => {
    writeFileSync(join(folder, 'w.bin'), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    const value = parseModel(withLocation('w.bin'), { baseDir: folder }).graph.initializer.at(-1);
    if (value === undefined) throw new Error('no initialiser');
    const made = buildModel({
      inputs: [],
      outputs: [{ name: 'y', shape: null }],
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['k'], attributes: { value } },
        { op: 'Neg', inputs: ['k'], outputs: ['y'] },
      ],
    });
    const model = parseModel(modelBytes(made.proto), { baseDir: folder });
    await expect(saveModel(model, join(folder, 'm.onnx'))).rejects.toMatchObject({ code: 'external-data-inside' });
    const path = join(folder, 'simple.onnx');
    await saveModel(simplify(model).model, path, { externalDataThresholdBytes: Infinity });
    expect(tensorToFloat32((await loadModel(path)).graph.initializer[0] ?? value)).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('says which place can not be written', async () => {
    const path = join(folder, 'nowhere', 'm.onnx');
    await expect(saveModel(dense(), path)).rejects.toMatchObject({ code: 'model-unwritable' });
  });

  it('leaves nothing behind when saving fails', async () => {
    const path = join(folder, 'm.onnx');
    await saveModel(dense(), path, { externalDataThresholdBytes: 1024 });
    const model = await loadModel(path);
    truncateSync(`${path}.data`, 1000);
    await expect(saveModel(model, join(folder, 'copy.onnx'))).rejects.toMatchObject({
      code: 'external-data-truncated',
    });
    expect(readdirSync(folder).toSorted()).toEqual(['m.onnx', 'm.onnx.data']);
  });
});
