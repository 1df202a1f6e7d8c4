import { expect, it } from 'vitest';
import { int8Format, int8Inputs } from './int8-inputs.js';

it('quantises by the scale, rounds half to even and clips', () => {
  const x = { dataType: 'float32' as const, dims: [1, 5], data: Float32Array.of(0.25, 0.75, -0.25, 100, -100) };
  const ids = { dataType: 'int64' as const, dims: [1], data: BigInt64Array.of(3n) };
  const { x: out, ids: same } = int8Inputs({ x, ids }, { x: 0.5 });
  expect(out).toEqual({ dataType: 'int8', dims: [1, 5], data: Int8Array.of(0, 2, 0, 127, -128) });
  expect(same).toBe(ids);
  expect(int8Format(2)).toBe('int8:chw');
});

it('packs the channels of an image into vectors of 32', () => {
  const channels = 33;
  const data = Float32Array.from({ length: channels * 2 }, (_, index) => index);
  const { x } = int8Inputs({ x: { dataType: 'float32', dims: [1, channels, 1, 2], data } }, { x: 1 });
  expect(x?.dims).toEqual([1, 2, 1, 2, 32]);
  const at = (channel: number, column: number): unknown =>
    x?.data[(Math.floor(channel / 32) * 2 + column) * 32 + (channel % 32)];
  expect([at(0, 0), at(0, 1), at(31, 1), at(32, 0), at(32, 1)]).toEqual([0, 1, 63, 64, 65]);
  expect(x?.data[2 * 32 + 1]).toBe(0);
});

it('refuses to quantise what is no float', () => {
  const ids = { dataType: 'int64' as const, dims: [1], data: BigInt64Array.of(3n) };
  expect(() => int8Inputs({ ids }, { ids: 1 })).toThrowError(expect.objectContaining({ code: 'border-not-quantized' }));
});
