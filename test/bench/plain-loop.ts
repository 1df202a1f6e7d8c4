/*
 * A plain onnxruntime-node loop, as anyone would write it, in a process of its own: what the harness is compared with.
 * Arguments: model path, JSON of the input shape. For each line on stdin (milliseconds) it runs for that long and prints the
 * median latency in ns.
 */
import { createInterface } from 'node:readline';
import * as ort from 'onnxruntime-node';

const [modelPath, shape] = process.argv.slice(2);
const dims = JSON.parse(shape ?? '[]') as number[];
const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, index) => ((index * 29) % 64) / 32 - 1);
const session = await ort.InferenceSession.create(modelPath ?? '', {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const feeds = { [session.inputNames[0] ?? 'x']: new ort.Tensor('float32', data, dims) };
const first = await session.run(feeds);
const fetches = Object.fromEntries(
  Object.entries(first).map(([name, output]) => {
    const size = (output as ort.Tensor).size;
    return [name, new ort.Tensor('float32', new Float32Array(size), output.dims)];
  }),
);

for await (const line of createInterface({ input: process.stdin })) {
  const times: number[] = [];
  await session.run(feeds, fetches);
  const end = performance.now() + Number(line);
  do {
    const start = process.hrtime.bigint();
    await session.run(feeds, fetches);
    times.push(Number(process.hrtime.bigint() - start));
  } while (performance.now() < end);
  times.sort((a, b) => a - b);
  console.log(times[times.length >> 1]);
}
