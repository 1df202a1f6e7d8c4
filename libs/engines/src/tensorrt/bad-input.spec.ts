import { describe, expect, it } from 'vitest';
import { joinLayers } from './join-layers.js';
import { parseLayerInformation } from './layer-information.js';
import { parseLayerProfile } from './layer-profile.js';
import { parseRunTimes } from './run-times.js';
import { parseTolerantJson } from './tolerant-json.js';
import { parseTrtexecLog } from './trtexec-log.js';

const layer = (name: string, type = 'CaskConvolution') => ({
  Name: name,
  LayerType: type,
  Inputs: [{ Name: `${name}.in`, Dimensions: [1, 3], 'Format/Datatype': 'Row major linear FP32' }],
  Outputs: [{ Name: `${name}.out`, Dimensions: [1, 3], 'Format/Datatype': 'Row major Int8 format' }],
});
const layersJson = (...names: string[]) => JSON.stringify({ Layers: names.map((name) => layer(name)), Bindings: [] });
/** As trtexec's own writer prints a profile: names as they are, without escapes. */
const profileText = (count: number, ...entries: [name: string, ms: string][]) =>
  `[\n  { "count" : ${count} }\n${entries
    .map(
      ([name, ms]) =>
        `, { "name" : "${name}", "timeMs" : ${ms}, "averageMs" : ${ms}, "medianMs" : ${ms}, "percentage" : nan }\n`,
    )
    .join('')}]\n`;

describe('JSON as the tools write it', () => {
  it.each([
    ['', 'json-empty'],
    ['  \n', 'json-empty'],
    ['[{ "count" : 3 }, { "name" : "a", "time', 'json-truncated'],
    ['{"Layers": [{"Name": "a"', 'json-truncated'],
    ['{"Layers": [', 'json-truncated'],
    ['Error: no such file', 'json-invalid'],
    ['[1, 2}', 'json-invalid'],
    ['[1] [2]', 'json-invalid'],
  ])('refuses %j as %s', (text, code) => {
    expect(() => parseTolerantJson(text, 'The file')).toThrow(expect.objectContaining({ code }));
  });

  it('reads bare nan and inf, a byte order mark, decimal commas', () => {
    expect(parseTolerantJson('\uFEFF[nan, -nan, inf, -inf, -nan(ind), 1e-3]', 'x')).toEqual([
      Number.NaN,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      0.001,
    ]);
    expect(parseTolerantJson('{ "a" : 22,3192, "b" : 0,5 }', 'x')).toEqual({ a: 22.3192, b: 0.5 });
    expect(parseTolerantJson('{ "a" : [1,2,3], "b" : nan }', 'x')).toEqual({ a: [1, 2, 3], b: Number.NaN });
  });

  it('reads names with quotes, backslashes and line breaks, escaped or not', () => {
    const name = 'say "hi", or\n"bye" [x]';
    const profile = parseLayerProfile(profileText(5, [name, '0.5'], ['/a/b', '1.25']));
    expect(profile).toEqual({
      runs: 5,
      layers: [
        { name, timeNs: 500_000 },
        { name: '/a/b', timeNs: 1_250_000 },
      ],
    });
    const [layerOfName] = parseLayerInformation(layersJson(name));
    expect(layerOfName?.name).toBe(name);
  });

  it('reads a profile in a locale with decimal commas', () => {
    expect(parseLayerProfile(profileText(7, ['a', '0,0137012'])).layers).toEqual([{ name: 'a', timeNs: 13_701 }]);
  });

  it('falls back to averages where the version has no medians', () => {
    const text = '[ { "count" : 2 }, { "name" : "a", "timeMs" : 4, "averageMs" : 2, "percentage" : 100 } ]';
    expect(parseLayerProfile(text).layers[0]?.timeNs).toBe(2_000_000);
  });
});

describe('exports that cannot be used', () => {
  it.each([
    ['[ { "count" : 0 } ]'],
    [profileText(0, ['a', 'nan'])],
    [profileText(3, ['a', '-nan'])],
    ['[ { "count" : 3 } ]'],
  ])('refuses a profile without iterations: %j', (text) => {
    expect(() => parseLayerProfile(text)).toThrow(expect.objectContaining({ code: 'profile-without-iterations' }));
  });

  it.each([
    [() => parseLayerProfile('{"Layers": []}'), 'profile-invalid'],
    [() => parseLayerInformation('{"Layers": []}'), 'layers-empty'],
    [() => parseLayerInformation('{"Layers": ["conv1", "conv2"]}'), 'layers-without-detail'],
    [() => parseLayerInformation('{"layers": 3}'), 'layers-invalid'],
    [() => parseRunTimes('[]'), 'times-empty'],
    [() => parseRunTimes('[{"computeMs": nan}]'), 'times-empty'],
    [() => parseRunTimes('{"computeMs": 3}'), 'times-invalid'],
  ])('refuses with a code of its own (%#)', (read, code) => {
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a profile of another engine', () => {
    const layers = parseLayerInformation(layersJson('a', 'b'));
    expect(() => joinLayers(layers, parseLayerProfile(profileText(1, ['a', '1'], ['c', '1'])))).toThrow(
      expect.objectContaining({ code: 'engines-differ' }),
    );
    expect(() => joinLayers(layers, parseLayerProfile(profileText(1, ['a', '1'])))).toThrow(
      expect.objectContaining({ code: 'engines-differ' }),
    );
  });

  it('joins repeated names in order', () => {
    const joined = joinLayers(
      parseLayerInformation(layersJson('a', 'b', 'a')),
      parseLayerProfile(profileText(1, ['a', '1'], ['b', '2'], ['a', '3'])),
    );
    expect(joined.map((each) => each.timeNs)).toEqual([1e6, 2e6, 3e6]);
  });

  it('keeps runs whose time is no number out of the times', () => {
    const times = parseRunTimes(
      '[{"computeMs": 0,5, "h2dMs": 0}, {"computeMs": nan, "h2dMs": nan}, {"computeMs": 0.25, "h2dMs": 0}]',
    );
    expect([...times.computeNs]).toEqual([500_000, 250_000]);
    expect(times.invalid).toBe(1);
    expect(times.d2hNs).toBeNull();
  });
});

describe('size', () => {
  const names = Array.from({ length: 50_000 }, (_, index) => `layer "${index}" of many + Relu_${index}`);

  it('reads 50,000 layers in under two seconds, correct JSON or not', () => {
    const information = layersJson(...names);
    const profile = profileText(9, ...names.map((name): [string, string] => [name, '0.0125']));
    // Processor time: what else runs on the machine does not count.
    const before = process.cpuUsage();
    const joined = joinLayers(parseLayerInformation(information), parseLayerProfile(profile));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
    expect(joined).toHaveLength(50_000);
    expect(joined.at(-1)).toMatchObject({ name: names.at(-1), timeNs: 12_500, kind: 'compute' });
  });
});

describe('the schema of TensorRT 11', () => {
  const text = JSON.stringify({
    Layers: [
      {
        Name: '__myl_CastMove_myl0_0',
        LayerType: 'kgen',
        Inputs: [{ Name: 'x', Dimensions: [1, 16], Format: 'Row major linear', Datatype: 'Float', Strides: [16, 1] }],
        Outputs: [{ Name: 'x8', Dimensions: [1, 16], Format: 'Row major linear', Datatype: 'Int8' }],
        Constants: [],
        TacticName: '__myl_CastMove_0x1234',
        StreamId: 0,
        Metadata: '[ONNX Layer: q]',
      },
      {
        Name: 'fc1',
        LayerType: 'gemm',
        Inputs: [{ Name: 'x8', Dimensions: [1, 16], Format: 'Row major linear', DataType: 'Int8' }],
        Outputs: [{ Name: 'y', Dimensions: [1, 8], Format: 'Row major linear', Datatype: 'Half' }],
        Constants: [{ Name: 'w', Dimensions: [16, 8], Format: 'Row major linear', Datatype: 'Int8' }],
        TacticName: 'sm80_xmma_gemm_i8f16_i8i32_f32_tn_n_tilesize64x64x64_tensor16x8x32',
      },
      { Name: '__mye31311_myl4_5', LayerType: 'signal', Inputs: [], Outputs: [] },
      { Name: 'weird \u0001 name', LayerType: 'kgen', Inputs: [], Outputs: [] },
    ],
    'I/O Tensors': [{ Name: 'x', IOMode: 'Input', DataType: 'Float' }],
  });

  it('reads types, formats, constants and generated kernels', () => {
    expect(joinLayers(parseLayerInformation(text), null)).toMatchObject([
      {
        kind: 'conversion',
        inputs: [{ name: 'x', dataType: 'fp32', format: 'Row major linear', dims: [1, 16] }],
        outputs: [{ dataType: 'int8' }],
        weightBytes: 0,
      },
      { kind: 'compute', inputs: [{ dataType: 'int8' }], outputs: [{ dataType: 'fp16' }], weightBytes: 128 },
      { kind: 'noop' },
      { kind: 'compute' },
    ]);
  });
});

describe('logs of other versions and places', () => {
  it('reads the versions packed into the header', () => {
    const version = (packed: string) =>
      parseTrtexecLog(`&&&& RUNNING TensorRT.trtexec [TensorRT ${packed}] [b34] # trtexec`).version;
    expect([version('v8401'), version('v8601'), version('v9300'), version('v100900'), version('v110100')]).toEqual([
      '8.4.1',
      '8.6.1',
      '9.3.0',
      '10.9.0',
      '11.1.0',
    ]);
  });

  it('lists the tensors that the builder had no range for, each once', () => {
    const line = (layer: string): string =>
      `[11/25/2026-22:57:24] [W] [TRT] Missing scale and zero-point for tensor (Unnamed Layer* ${layer}]_output, expect fall back to non-int8 implementation for any layer consuming or producing given tensor`;
    const log = parseTrtexecLog([line('0) [Constant'), line('1) [Matrix Multiply'), line('0) [Constant')].join('\n'));
    expect(log.missingRanges).toEqual([
      '(Unnamed Layer* 0) [Constant]_output',
      '(Unnamed Layer* 1) [Matrix Multiply]_output',
    ]);
  });

  it('reads decimal commas and the engine size of TensorRT 10', () => {
    const log = parseTrtexecLog(
      '[11/23/2026-01:28:10] [I] Created engine with size: 24,5 MiB\n' +
        '[11/23/2026-01:28:10] [I] GPU Compute Time: min = 0,2 ms, max = 0,3 ms, mean = 0,25 ms, median = 0,24 ms, percentile(90%) = 0,2 ms',
    );
    expect(log.engineSizeBytes).toBe(24.5 * 2 ** 20);
    expect(log.gpuCompute).toEqual({ minNs: 200_000, maxNs: 300_000, meanNs: 250_000, medianNs: 240_000 });
  });
});
