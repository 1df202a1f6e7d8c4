import { readFileSync } from 'node:fs';
import { isOctetError } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { parseMatrix, parseMatrixFile } from './matrix-file.js';
import { closest, matrixSchemaText } from './matrix-keys.js';
import { matrixSchema } from './matrix-schema.js';

const release = `# yaml-language-server: $schema=./matrix.schema.json
name: release-42
models:
  - path: models/ocr-rec.onnx            # or: sha256, or a name known to the controller
    shapes: [{ x: [batch, 3, 48, 320] }] # values for dynamic dimensions
    data: data/ocr-lines.npz
    accuracy: { metric: cosine, atLeast: 0.99 }
batches: [1, 4, 6, 10]
variants: [fp32, tf32, fp16, int8]
int8: [{ scheme: static-symmetric, calibrator: max }]
devices: { architectures: [sm_75, sm_86, x86-64], runtimes: [tensorrt, onnxruntime], threads: 2 }
measure: { threshold: 1.05, halfWidth: 0.01, minRounds: 9, maxSeconds: 120 }
priority: 5
`;

function faultOf(text: string): string {
  try {
    parseMatrix(text, 'm.yaml');
  } catch (error) {
    if (isOctetError(error) && error.code === 'matrix-invalid') return error.message;
    throw error;
  }
  throw new Error('The matrix was taken although it is wrong.');
}

describe('parseMatrix', () => {
  it('reads the matrix of the design page', () => {
    expect(parseMatrix(release, 'm.yaml')).toEqual({
      name: 'release-42',
      models: [
        {
          source: { path: 'models/ocr-rec.onnx' },
          shapes: [{ x: ['batch', 3, 48, 320] }],
          data: 'data/ocr-lines.npz',
          accuracy: { metric: 'cosine', atLeast: 0.99 },
        },
      ],
      batches: [1, 4, 6, 10],
      variants: ['fp32', 'tf32', 'fp16', 'int8'],
      int8: [
        {
          scheme: 'static-symmetric',
          calibrator: 'max',
          weightBits: 8,
          granularity: 'per-channel',
          exclude: [],
          placement: 'explicit',
        },
      ],
      devices: {
        architectures: ['sm_75', 'sm_86', 'x86-64'],
        classes: null,
        runtimes: ['tensorrt', 'onnxruntime'],
        threads: 2,
      },
      measure: { threshold: 1.05, halfWidth: 0.01, minRounds: 9, maxSeconds: 120 },
      priority: 5,
      seed: 1,
      force: false,
    });
  });

  it('fills in every default of the smallest matrix', () => {
    const matrix = parseMatrix('models: [{ name: digits }]', 'm.yaml');
    expect(matrix.batches).toEqual([1]);
    expect(matrix.variants).toEqual(['fp32', 'tf32', 'fp16', 'int8']);
    expect(matrix.int8).toHaveLength(1);
    expect(matrix.devices).toEqual({ architectures: null, classes: null, runtimes: null, threads: null });
    expect(matrix.measure).toEqual({ threshold: 1.05, halfWidth: 0.01, minRounds: 9, maxSeconds: 120 });
    expect(matrix.priority).toBe(5);
    expect(matrix.models[0]).toEqual({ source: { name: 'digits' }, shapes: [], data: null, accuracy: null });
  });

  it('takes an own Q/DQ model and a dynamic scheme, whose calibrator is null', () => {
    const matrix = parseMatrix(
      'models: [{ name: digits }]\nint8: [{ model: my_qdq.onnx }, { scheme: dynamic-asymmetric }]',
      'm.yaml',
    );
    expect(matrix.int8[0]).toEqual({ model: 'my_qdq.onnx', sha256: null });
    expect(matrix.int8[1]).toMatchObject({ scheme: 'dynamic-asymmetric', calibrator: null });
  });

  it('leaves it open whether biases are corrected, unless told', () => {
    const recipes = ['{ scheme: static-symmetric }', '{ scheme: static-symmetric, biasCorrection: true }'];
    const { int8 } = parseMatrix(`models: [{ name: digits }]\nint8: [${recipes.join(', ')}]`, 'm.yaml');
    expect(int8[0]).not.toHaveProperty('biasCorrection');
    expect(int8[1]).toMatchObject({ biasCorrection: true });
  });

  it('has no recipes where int8 is not asked for', () => {
    expect(parseMatrix('models: [{ name: a }]\nvariants: [fp32]', 'm.yaml').int8).toEqual([]);
  });

  it('gives a document that parses to the same matrix again: how it travels', () => {
    const { matrix, document } = parseMatrixFile(release, 'm.yaml');
    expect(matrixSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(matrix);
  });
});

describe('a wrong matrix names file, line, column, what was found and what is allowed', () => {
  const table: [string, string, string, RegExp][] = [
    [
      'unknown key',
      'batches',
      'batchs',
      /^m\.yaml:8:1: unknown key "batchs"; did you mean "batches"\? Allowed: .*priority/,
    ],
    [
      'unknown key inside',
      'architectures',
      'archs',
      /^m\.yaml:11:12: devices: unknown key "archs"; did you mean "architectures"\? Allowed: architectures, classes, runtimes, threads\./,
    ],
    [
      'unknown key in a recipe',
      'calibrator: max',
      'calibrater: max',
      /^m\.yaml:10:36: int8\[0\]: unknown key "calibrater"; did you mean "calibrator"\?/,
    ],
    [
      'wrong type',
      '[1, 4, 6, 10]',
      '[0, "x"]',
      /^m\.yaml:8:11: batches\[0\]: found 0; it must be at least 1\.\nm\.yaml:8:14: batches\[1\]: found "x"; it takes a number\.$/,
    ],
    [
      'wrong word',
      'static-symmetric',
      'static-symetric',
      /int8\[0\]\.scheme: found "static-symetric"; allowed: .*\. Did you mean "static-symmetric"\?$/,
    ],
    [
      'wrong metric',
      'cosine',
      'cosin',
      /^m\.yaml:7:25: models\[0\]\.accuracy\.metric: found "cosin"; allowed: cosine, sqnr, top1, top5\.$/,
    ],
    [
      'budget of another metric',
      'cosine',
      'top1',
      /accuracy\.maxDrop: missing; it takes a number\.\nm\.yaml:7:31: models\[0\]\.accuracy: unknown key "atLeast"/,
    ],
    ['wrong architecture', 'sm_75', 'gpu', /devices\.architectures\[0\]: found "gpu"; must be sm_NN/],
    [
      'dimension',
      '[batch, 3',
      '[batsh, 3',
      /shapes\[0\]\.x\[0\]: found "batsh"; must be a whole number from 1, or the word batch\.$/,
    ],
    ['no float', '[fp32, tf32, fp16, int8]', '[int8]', /^m\.yaml:9:11: variants: INT8 needs a float variant to beat/],
    ['no source', 'path: models/ocr-rec.onnx ', 'data2: x ', /needs exactly one of path, sha256 and name\.$/],
    [
      'selector',
      '{ architectures: [sm_75, sm_86, x86-64], runtimes: [tensorrt, onnxruntime], threads: 2 }',
      'some',
      /^m\.yaml:11:10: devices: found "some"; allowed: all, or a mapping \(key: value\)\.$/,
    ],
    [
      'dynamic with a calibrator',
      'static-symmetric',
      'dynamic-symmetric',
      /int8\[0\]\.calibrator: a dynamic scheme finds its ranges at run time/,
    ],
    [
      'corrected biases where none are written',
      'calibrator: max',
      'calibrator: max, placement: implicit, biasCorrection: true',
      /int8\[0\]\.biasCorrection: biases are corrected in static schemes with explicit placement only/,
    ],
  ];
  it.each(table)('%s', (_name, from, to, expected) => {
    expect(release).toContain(from);
    expect(faultOf(release.replace(from, to))).toMatch(expected);
  });

  it.each([
    ['nothing', '', /^m\.yaml:1:1: the matrix: found null; it takes a mapping/],
    ['a list', '- 1', /^m\.yaml:1:1: the matrix: found \[1\]; it takes a mapping/],
    ['broken YAML', 'name: [', /^m\.yaml:1:8: not valid YAML: /],
    ['a key twice', 'name: a\nname: b', /^m\.yaml:2:1: not valid YAML: Map keys must be unique/],
    ['no models', 'name: a', /^m\.yaml:1:1: models: missing; it takes a list\./],
    ['two documents', 'name: a\n---\nname: b', /not valid YAML/],
  ])('%s', (_name, text, expected) => {
    expect(faultOf(text)).toMatch(expected);
  });

  it('carries line and column for programs', () => {
    try {
      parseMatrix('models: [{ name: a }]\nbatchs: [1]', 'm.yaml');
      expect.unreachable();
    } catch (error) {
      expect(isOctetError(error) && error.details).toMatchObject({ file: 'm.yaml', line: 2, column: 1 });
    }
  });
});

describe('matrix.schema.json', () => {
  it('is what the schema in the code says (npx tsx scripts/write-matrix-schema.ts)', () => {
    expect(readFileSync('matrix.schema.json', 'utf8')).toBe(matrixSchemaText());
  });
});

describe('closest', () => {
  it.each([
    ['batchs', ['batches', 'models'], 'batches'],
    ['priorty', ['priority', 'path'], 'priority'],
    ['zzz', ['priority', 'path'], null],
    ['path', ['path'], null],
  ])('%s', (word, allowed, expected) => {
    expect(closest(word, allowed)).toBe(expected);
  });
});
