import { describe, expect, it } from 'vitest';
import { randomTensor, realModels, runModel, worstError } from '../../test/run-model.js';
import { loadModel } from '../load.js';
import { fixShapes } from './fix.js';
import { declaredShape } from './infer.js';

describe('fixShapes', () => {
  it('fixes inputs, gives outputs the shapes that follow, and computes the same', async () => {
    const model = await loadModel(realModels.direction);
    const fixed = fixShapes(model, { x: [2, 3, 48, 192] });
    expect(fixed.graph.input.map((input) => declaredShape(input.type))).toEqual([[2, 3, 48, 192]]);
    expect(fixed.graph.output.map((output) => declaredShape(output.type))).toEqual([[2, 2]]);
    expect(fixed.graph.valueInfo).toEqual([]);
    expect(model.graph.input.map((input) => declaredShape(input.type)?.[0])).toEqual(['p2o.DynamicDimension.0']);
    const feeds = { x: randomTensor([2, 3, 48, 192]) };
    expect(worstError(await runModel(fixed, feeds), await runModel(model, feeds))).toBe(0);
  });

  it('refuses an input that does not exist and a shape that does not fit', async () => {
    const model = await loadModel(realModels.wakeWord);
    expect(() => fixShapes(model, { x: [1] })).toThrow(/no input "x".*onnx::Flatten_0/);
    expect(() => fixShapes(model, { 'onnx::Flatten_0': [4, 25, 96] })).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }) as Error,
    );
  });
});
