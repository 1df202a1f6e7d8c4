import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classify, median, splitTimes } from '@octet/domain';
import { createOnnxRuntime, type LoadedEngine } from '@octet/engines';
import type { Bench, BenchOutcome } from './bench.js';
import { EngineBed, patternInput } from './engine-bed.js';
import { quantizedDenseModel, quantizeOnlyModel } from '../../libs/engines/src/onnxruntime/sample-model.js';

/**
 * A million values are quantised, and little else is touched: with a larger working set the network pushes its input out of
 * the cache between two runs, and quantising costs half as much again in it as alone (seen with 128 columns).
 */
const size = { rows: 4096, width: 256, columns: 8 };
const rounds = 15;
const plan = { minRuns: 20, minDurationMs: 100, maxDurationMs: 2_000 };
const tolerance = 0.25;

/** T_quant of the split against an engine that holds the quantising part alone (ablation, design.md section 2). */
export const quantizeTimeBench: Bench = {
  name: 'quantize-time',
  aim: `T_quant of a profiled model agrees within ${tolerance * 100} % with an engine of its quantising part alone`,
  run: async (print) => {
    const { splitNs, aloneNs } = await compareQuantizeTimes();
    print(`T_quant from the profile  ${(splitNs / 1000).toFixed(1)} us`);
    print(`quantising part alone     ${(aloneNs / 1000).toFixed(1)} us`);
    print(`ratio                     ${(splitNs / aloneNs).toFixed(3)}`);
    return outcomeOf(splitNs / aloneNs);
  },
};

function outcomeOf(ratio: number): BenchOutcome {
  return Math.abs(ratio - 1) <= tolerance ? 'reached' : 'missed';
}

/** Both in ns: the split's T_quant of a dense layer that quantises its input only, and the Q node alone end to end. */
export async function compareQuantizeTimes(): Promise<{ splitNs: number; aloneNs: number }> {
  const bed = await EngineBed.create();
  try {
    const whole = await openModel(bed, 'whole.onnx', quantizedDenseModel(size));
    const alone = await openModel(bed, 'alone.onnx', quantizeOnlyModel(size));
    const medians = await interleave(whole, alone);
    const profile = await whole.profile(60);
    const split = splitTimes(classify(profile?.layers ?? []), medians.wholeNs);
    if (split === null) throw new Error('the runtime told no layer times');
    return { splitNs: split.tQuantNs, aloneNs: medians.aloneNs };
  } finally {
    await bed.close();
  }
}

async function openModel(bed: EngineBed, name: string, bytes: Uint8Array): Promise<LoadedEngine> {
  const path = join(bed.folder, name);
  await writeFile(path, bytes);
  return bed.open(createOnnxRuntime(), path, { x: patternInput([size.rows, size.width]) });
}

async function interleave(whole: LoadedEngine, alone: LoadedEngine): Promise<{ wholeNs: number; aloneNs: number }> {
  const times = { whole: [] as number[], alone: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.whole.push(median((await whole.measureRound(plan)).latenciesNs));
    times.alone.push(median((await alone.measureRound(plan)).latenciesNs));
  }
  return { wholeNs: median(times.whole), aloneNs: median(times.alone) };
}
