import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '@octet/onnx';
import {
  batchStream,
  coarsen,
  collectStatistics,
  entropyBinsPerSide,
  prepareModel,
  searchEntropy,
  trimHistogram,
  type Histogram,
} from '@octet/quantization';
import { nodeRunner } from '../../../libs/quantization/src/testing/node-runner.js';
import type { Bench, BenchOutcome } from '../bench.js';
import { accuracyCases, caseDataset, prepareCases } from './cases.js';
import { referencePython, runReferenceScript, withoutPython } from './python.js';

const wantedTensors = 100;
const samples = 8;
/** Least gain in time over the Python program. */
const wantedRatio = 20;
/** Python computes in float32: equal cuts differ by this much, relative, and near zero by its absolute rounding. */
const rounding = 1e-4;

/** Our entropy thresholds against onnxruntime's own, scored by its formula in its code, over real activations. */
export const entropyBench: Bench = {
  name: 'entropy',
  aim: `on ${wantedTensors} real activations our thresholds have no higher KL by onnxruntime's formula than its get_entropy_threshold, in 1/${wantedRatio} of its time`,
  run: async (print) => {
    const python = referencePython();
    if (python === null) {
      print(withoutPython);
      return 'no-aim';
    }
    return report(compare(await realHistograms(), python), print);
  },
};

interface Scored {
  half: number;
  theirHalf: number;
  ourDivergence: number;
  theirDivergence: number;
  milliseconds: number;
  ourMilliseconds: number;
}

/** Histograms of the activations of trained networks over real inputs, as the entropy calibrator searches them. */
async function realHistograms(): Promise<Histogram[]> {
  await prepareCases();
  const histograms: Histogram[] = [];
  for (const found of accuracyCases.filter((entry) => entry.dataPath !== null)) {
    const model = prepareModel(await loadModel(found.modelPath));
    const dataset = await caseDataset(found);
    const stream = batchStream(dataset, { batchSize: 1, batches: samples, firstBatch: 0, seed: null });
    const statistics = await collectStatistics({ model, stream, runner: nodeRunner(), histograms: true });
    for (const { min, max, histogram } of statistics.values()) {
      const amax = Math.max(Math.abs(min), Math.abs(max));
      if (histogram === null || amax === 0) continue;
      const coarse = coarsen(trimHistogram(histogram, amax), entropyBinsPerSide);
      if (coarse.counts.length > entropyBinsPerSide) histograms.push(coarse);
    }
  }
  // Spread over all layers of all networks.
  const step = Math.max(1, Math.floor(histograms.length / wantedTensors));
  return histograms.filter((_, index) => index % step === 0);
}

function compare(histograms: readonly Histogram[], python: string): Scored[] {
  const folder = mkdtempSync(join(tmpdir(), 'octet-entropy-'));
  try {
    for (const { counts } of histograms.slice(0, 20)) searchEntropy(counts);
    const ours = histograms.map(({ counts, limit }) => {
      const started = performance.now();
      const { half } = searchEntropy(counts);
      return { half, limit, ourMilliseconds: performance.now() - started, counts: [...counts] };
    });
    const path = join(folder, 'histograms.json');
    writeFileSync(path, JSON.stringify(ours));
    return runReferenceScript<Scored[]>(python, ['entropy', path]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(scored: readonly Scored[], print: (line: string) => void): BenchOutcome {
  const sum = (of: (entry: Scored) => number): number => scored.reduce((total, entry) => total + of(entry), 0);
  const higher = scored.filter((entry) => entry.ourDivergence > entry.theirDivergence * (1 + rounding) + 1e-6);
  const same = scored.filter((entry) => Math.abs(entry.half - entry.theirHalf) <= 1).length;
  const ratio = sum((entry) => entry.milliseconds) / sum((entry) => entry.ourMilliseconds);
  print(`tensors               ${scored.length}, ${2 * entropyBinsPerSide} bins at most`);
  print(`KL higher than theirs ${higher.length}; same threshold ${same}`);
  print(
    `sum of KL             ours ${sum((entry) => entry.ourDivergence).toFixed(4)}, theirs ${sum((entry) => entry.theirDivergence).toFixed(4)}`,
  );
  print(
    `time                  ours ${sum((entry) => entry.ourMilliseconds).toFixed(0)} ms, theirs ${sum((entry) => entry.milliseconds).toFixed(0)} ms, ratio ${ratio.toFixed(0)}`,
  );
  return higher.length === 0 && ratio >= wantedRatio && scored.length >= wantedTensors ? 'reached' : 'missed';
}
