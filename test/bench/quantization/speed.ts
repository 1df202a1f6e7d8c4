import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '@octet/domain';
import { randomDataset, type Dataset, type InputSpec } from '@octet/quantization';
import { build } from 'esbuild';
import type { Bench, BenchOutcome } from '../bench.js';
import { accuracyCases, caseDataset, prepareCases } from './cases.js';
import { referencePython, runReferenceScript, withoutPython } from './python.js';
import { writeNpy } from './write-npy.js';

const child = fileURLToPath(new URL('./quantize-child.ts', import.meta.url));
/** Packages are found from there. */
const compiledChild = fileURLToPath(new URL('../../../node_modules/.cache/octet/quantize-child.mjs', import.meta.url));
const small = fileURLToPath(new URL('../../../examples/models/wake-word.onnx', import.meta.url));
const wide = fileURLToPath(new URL('../../../examples/models/mlp-2048.onnx', import.meta.url));
const samples = 16;
const rounds = 6;
const wantedRatio = 0.5;

/** Calibrating and rewriting against Python onnxruntime's quantize_static: max calibrator, same data, same machine. */
export const quantizationSpeedBench: Bench = {
  name: 'quantization-speed',
  aim: `calibrating (max) and rewriting takes at most ${wantedRatio} of quantize_static's time, and no more peak memory, on models of 100 and 10 MB`,
  run: async (print) => {
    const python = referencePython();
    if (python === null) {
      print(withoutPython);
      return 'no-aim';
    }
    const outcomes = [];
    await prepareCases();
    await compile();
    for (const job of await jobs()) outcomes.push(await compare(job, python, print));
    return outcomes.every((outcome) => outcome === 'reached') ? 'reached' : 'missed';
  },
};

/** Users run JavaScript: a loader that compiles on the way would count in time and memory. */
async function compile(): Promise<void> {
  const kind = { bundle: true, packages: 'external', platform: 'node', format: 'esm' } as const;
  await build({ ...kind, entryPoints: [child], outfile: compiledChild, logLevel: 'warning' });
}

interface Job {
  name: string;
  modelPath: string;
  input: InputSpec;
  dataset: Dataset;
}

async function jobs(): Promise<Job[]> {
  const input = { name: 'x', dataType: 'float32' as const, dims: [-1, 2048] };
  const recognition = accuracyCases.find(({ name }) => name === 'ocr-rec')!;
  return [
    {
      name: '100 MB: 6 dense layers of 2048',
      modelPath: wide,
      input,
      dataset: randomDataset([input], { x: [1, 2048] }, 1, samples),
    },
    {
      name: '10 MB: text recognition',
      modelPath: recognition.modelPath,
      input: recognition.input,
      dataset: await caseDataset(recognition),
    },
  ];
}

interface Cost {
  milliseconds: number;
  peakBytes: number;
}

async function compare(job: Job, python: string, print: (line: string) => void): Promise<BenchOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'octet-speed-'));
  try {
    const data = join(folder, 'data.npy');
    const batch = job.dataset.batch(0, samples)[job.input.name]!;
    writeNpy(data, batch.dims, batch.data as Float32Array);
    const ours: Cost[] = [];
    const theirs: Cost[] = [];
    const { modelPath, input } = job;
    const runs = [
      () => ours.push(runOurs([modelPath, data, input.name, JSON.stringify(input.dims), join(folder, 'ours.onnx')])),
      () =>
        theirs.push(
          runReferenceScript<Cost>(python, ['time', modelPath, data, input.name, join(folder, 'theirs.onnx')]),
        ),
    ];
    // Taking turns, and the first turn as well: drift of the machine falls on both alike.
    for (let round = 0; round < rounds; round++) for (const run of round % 2 === 0 ? runs : runs.toReversed()) run();
    return report(job.name, ours, theirs, print);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runOurs(args: readonly string[]): Cost {
  const result = spawnSync(process.execPath, [compiledChild, ...args, small], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '') as Cost;
}

function report(
  name: string,
  ours: readonly Cost[],
  theirs: readonly Cost[],
  print: (line: string) => void,
): BenchOutcome {
  const middle = (costs: readonly Cost[], of: keyof Cost): number => median(costs.map((cost) => cost[of]));
  // Runs of one round are neighbours in time: their ratio hardly feels the machine's drift.
  const ratio = (of: keyof Cost): number => median(ours.map((cost, round) => cost[of] / theirs[round]![of]));
  const time = ratio('milliseconds');
  const memory = ratio('peakBytes');
  const megabytes = (costs: readonly Cost[]): string => (middle(costs, 'peakBytes') / 1e6).toFixed(0);
  print(`${name}, ${samples} samples, median of ${rounds} runs taking turns`);
  print(
    `  time         ours ${middle(ours, 'milliseconds').toFixed(0)} ms, theirs ${middle(theirs, 'milliseconds').toFixed(0)} ms, ratio ${time.toFixed(2)}`,
  );
  print(`  peak memory  ours ${megabytes(ours)} MB, theirs ${megabytes(theirs)} MB, ratio ${memory.toFixed(2)}`);
  return time <= wantedRatio && memory <= 1 ? 'reached' : 'missed';
}
