import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { realModels } from '../test/run-model.js';
import { buildModel } from './build.js';
import { loadModel, parseModel } from './load.js';
import { modelBytes } from './serialize.js';

const folder = mkdtempSync(join(tmpdir(), 'octet-load-'));
afterAll(() => rmSync(folder, { recursive: true }));

function codeOf(bytes: Uint8Array, heapLimitBytes?: number): string {
  try {
    parseModel(bytes, heapLimitBytes === undefined ? {} : { heapLimitBytes });
    return 'loaded';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const text = (content: string) => new TextEncoder().encode(content);

function small(): Uint8Array {
  const model = buildModel({
    inputs: [{ name: 'x', shape: ['n', 2] }],
    outputs: [{ name: 'y', shape: ['n', 2] }],
    initializers: { w: { dims: [2, 2], values: [1, 2, 3, 4] } },
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  });
  return modelBytes(model.proto);
}

/** Protobuf by hand: field, then length and content. */
function delimited(field: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest >= 128 ? (rest % 128) | 0x80 : rest);
    if (rest < 128) break;
  }
  return Buffer.concat([Uint8Array.of(field * 8 + 2, ...length), content]);
}

describe('what is no model', () => {
  it.each([
    ['zero bytes', new Uint8Array(0), 'model-empty'],
    ['plain text', text('hello world, this is no model at all'), 'model-not-onnx'],
    ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:12'), 'model-not-onnx'],
    ['a ZIP archive', text('PK\u0003\u0004\u0014\u0000'), 'model-not-onnx'],
    ['a web page', text('<!DOCTYPE html><html>Not found</html>'), 'model-not-onnx'],
    ['a PNG picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13), 'model-not-onnx'],
    ['JSON', text('{"model": "resnet"}'), 'model-not-onnx'],
    ['zeros', new Uint8Array(100), 'model-not-onnx'],
  ])('%s', (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('says what a Git LFS pointer needs', () => {
    expect(() => parseModel(text('version https://git-lfs.github.com/spec/v1\n'))).toThrow(/git lfs pull/);
  });

  it('never crashes on random bytes', () => {
    const codes = ['loaded', 'model-empty', 'model-not-onnx', 'model-truncated', 'model-too-large'];
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => codes.includes(codeOf(bytes))));
  });

  it('never crashes on a model with one byte changed', () => {
    const model = small();
    const codes = [
      'loaded',
      'model-not-onnx',
      'model-truncated',
      'model-too-large',
      'external-data-missing',
      'external-data-outside',
    ];
    fc.assert(
      fc.property(fc.nat(model.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(model);
        changed[at] = byte;
        expect(codes).toContain(codeOf(changed));
      }),
      { numRuns: 500 },
    );
  });
});

describe('truncation', () => {
  it('is told at every length of a small model', () => {
    const model = small();
    for (let length = 1; length < model.length; length++)
      expect([length, codeOf(model.subarray(0, length))]).toEqual([length, 'model-truncated']);
    expect(codeOf(model)).toBe('loaded');
  });

  it('is told for a real model cut in the middle', async () => {
    const path = join(folder, 'cut.onnx');
    writeFileSync(path, readFileSync(realModels.direction).subarray(0, 300_000));
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'model-truncated',
      message: expect.stringContaining(path) as string,
    });
  });
});

describe('claims of size', () => {
  it('refuses lengths beyond the file without allocating them', () => {
    // field 7 (graph), length 2^62
    expect(codeOf(Uint8Array.of(0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40))).toBe('model-truncated');
  });

  it('refuses a model that would fill the heap: a million empty nodes in 2 MB', () => {
    const nodes = new Uint8Array(2_000_000).map((_, index) => (index % 2 === 0 ? 0x0a : 0));
    const model = Buffer.concat([delimited(7, nodes), delimited(8, Uint8Array.of(16, 17))]);
    expect(codeOf(model, 100_000_000)).toBe('model-too-large');
  });

  it('refuses packed numbers that would fill the heap', () => {
    const tensor = delimited(7, new Uint8Array(5_000_000));
    const model = Buffer.concat([delimited(7, delimited(5, tensor)), delimited(8, Uint8Array.of(16, 17))]);
    expect(codeOf(model, 100_000_000)).toBe('model-too-large');
  });

  it('refuses messages nested beyond any use', () => {
    let body: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 200; depth++) body = delimited(1, delimited(5, delimited(6, body)));
    expect(codeOf(Buffer.concat([delimited(7, body), delimited(8, Uint8Array.of(16, 17))]))).toBe('model-not-onnx');
  });

  it('refuses a file over 2 GiB before reading it', async () => {
    const path = join(folder, 'big.onnx');
    writeFileSync(path, small());
    truncateSync(path, 2 ** 31 + 5);
    await expect(loadModel(path)).rejects.toMatchObject({ code: 'model-too-large' });
    rmSync(path);
  });
});

describe('files', () => {
  it('names a file that does not exist, and a folder', async () => {
    await expect(loadModel(join(folder, 'none.onnx'))).rejects.toMatchObject({ code: 'model-missing' });
    await expect(loadModel(folder)).rejects.toMatchObject({ code: 'model-missing' });
  });

  it('reads real models', async () => {
    const model = await loadModel(realModels.recognition);
    expect([model.opset(), model.graph.node.length, model.graph.output.length]).toEqual([9, 765, 1]);
  });
});
