import { describe, expect, it } from 'vitest';
import { resolveShapes, type ShapedInput } from './resolve.js';

const image: ShapedInput = { name: 'x', shape: ['p2o.DynamicDimension.0', 3, 48, 'p2o.DynamicDimension.1'] };
const info = (...inputs: ShapedInput[]) => ({ inputs });
const codeOf = (resolved: ReturnType<typeof resolveShapes>) => ('refusal' in resolved ? resolved.refusal.code : 'ok');

describe('resolveShapes', () => {
  it('fills the batch in where the matrix says so', () => {
    expect(resolveShapes(info(image), { x: ['batch', 3, 48, 320] }, 4)).toEqual({ ok: { x: [4, 3, 48, 320] } });
  });

  it('takes a dynamic first dimension for the batch when nothing is said', () => {
    expect(resolveShapes(info({ name: 'x', shape: ['N', 784] }), {}, 6)).toEqual({ ok: { x: [6, 784] } });
    expect(resolveShapes(info({ name: 'x', shape: [null, 784] }), {}, 6)).toEqual({ ok: { x: [6, 784] } });
  });

  it('finds a batch by its name on another axis, and shares sizes between dimensions of one name', () => {
    const recurrent = info({ name: 'x', shape: ['time', 'batch', 8] }, { name: 'state', shape: [2, 'batch', 16] });
    expect(resolveShapes(recurrent, { x: [20, 'batch', 8] }, 3)).toEqual({ ok: { x: [20, 3, 8], state: [2, 3, 16] } });
    const text = info({ name: 'ids', shape: ['batch', 'sequence'] }, { name: 'mask', shape: ['batch', 'sequence'] });
    expect(resolveShapes(text, { mask: ['batch', 64] }, 2)).toEqual({ ok: { mask: [2, 64], ids: [2, 64] } });
  });

  it('names what is missing and how to give it', () => {
    const resolved = resolveShapes(info(image), {}, 1);
    expect(resolved).toMatchObject({ refusal: { code: 'shape-missing', dims: ['p2o.DynamicDimension.1'] } });
    expect(resolved).toMatchObject({
      refusal: { message: expect.stringContaining('shapes: [{ x: [batch, 3, 48, SIZE] }]') as string },
    });
    expect(resolved).toMatchObject({
      refusal: { message: expect.stringContaining('--shape x=batch,3,48,SIZE') as string },
    });
    expect(codeOf(resolveShapes(info({ name: 'x', shape: null }), {}, 1))).toBe('shape-missing');
  });

  it('refuses another batch than a fixed one', () => {
    const fixed = info({ name: 'x', shape: [1, 25, 96] });
    expect(resolveShapes(fixed, {}, 1)).toEqual({ ok: { x: [1, 25, 96] } });
    expect(codeOf(resolveShapes(fixed, {}, 4))).toBe('fixed-batch');
    expect(codeOf(resolveShapes(fixed, { x: ['batch', 25, 96] }, 4))).toBe('fixed-batch');
    expect(codeOf(resolveShapes(info({ name: 'x', shape: [10] }), {}, 1))).toBe('ok');
    expect(codeOf(resolveShapes(info({ name: 'x', shape: [10] }), {}, 2))).toBe('fixed-batch');
  });

  it('refuses a literal batch that is not the one of the row', () => {
    expect(codeOf(resolveShapes(info(image), { x: [4, 3, 48, 320] }, 1))).toBe('fixed-batch');
    expect(codeOf(resolveShapes(info(image), { x: [4, 3, 48, 320] }, 4))).toBe('ok');
    expect(codeOf(resolveShapes(info({ name: 'x', shape: [3, 224, 224] }), { x: [3, 224, 224] }, 1))).toBe('ok');
  });

  it('leaves a fixed first dimension alone when another input carries the batch', () => {
    const mixed = info(
      { name: 'x', shape: ['batch', 8] },
      { name: 'table', shape: [2, 8] },
      { name: 'rate', shape: [] },
    );
    expect(resolveShapes(mixed, {}, 5)).toEqual({ ok: { x: [5, 8], table: [2, 8], rate: [] } });
  });

  it('refuses shapes that contradict the model, and inputs that it lacks', () => {
    expect(codeOf(resolveShapes(info(image), { x: ['batch', 3, 48] }, 1))).toBe('shape-mismatch');
    expect(codeOf(resolveShapes(info(image), { x: ['batch', 1, 48, 320] }, 1))).toBe('shape-mismatch');
    expect(codeOf(resolveShapes(info(image), { y: ['batch'] }, 1))).toBe('shape-unknown-input');
  });
});
