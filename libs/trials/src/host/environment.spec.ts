import { expect, test } from 'vitest';
import { runtimeWarnings } from './environment.js';

test('only runtimes that copy at every run say so', () => {
  for (const runtime of ['onnxruntime-cuda', 'onnxruntime-tensorrt'] as const) {
    expect(runtimeWarnings(runtime).map(({ id }) => id)).toEqual(['copies-included']);
  }
  for (const runtime of ['onnxruntime', 'tensorrt', 'scripted'] as const) expect(runtimeWarnings(runtime)).toEqual([]);
});
