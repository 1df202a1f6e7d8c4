import { expect, test } from 'vitest';
import { processWarnings, runtimeWarnings } from './environment.js';

test('only runtimes that copy at every run say so', () => {
  for (const runtime of ['onnxruntime-cuda', 'onnxruntime-tensorrt'] as const) {
    expect(runtimeWarnings(runtime).map(({ id }) => id)).toEqual(['copies-included']);
  }
  for (const runtime of ['onnxruntime', 'tensorrt', 'scripted'] as const) expect(runtimeWarnings(runtime)).toEqual([]);
});

test('engines that kept their process are counted, with what to do; none say nothing', () => {
  expect(processWarnings(0)).toEqual([]);
  expect(processWarnings(9)).toEqual([
    {
      id: 'kept-processes',
      message: expect.stringMatching(/^9 times an engine was measured in the process of the round before/) as string,
      advice: expect.stringContaining('--max-seconds') as string,
    },
  ]);
});
