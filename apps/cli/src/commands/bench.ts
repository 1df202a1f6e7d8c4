import { cpuModeIds, gpuModeIds } from '@octet/domain';
import type { Command } from 'commander';
import { note, printJson, printText } from '../output.js';
import { progressLine } from '../progress-line.js';
import { parseGpuOptions, type RawGpuOptions } from '../gpu-options.js';
import { parseTrialOptions, type RawTrialOptions } from '../trial-options.js';
import { verdictTable } from '../verdict-table.js';
import { writeOutput } from '../write-output.js';
import { exitCodeOf } from './verdicts.js';

interface Options extends RawTrialOptions, RawGpuOptions {
  record?: string;
  json?: boolean;
}

export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('measure a model on this machine, with no service at all')
    .argument('<model>', 'ONNX file')
    .option('--batch <list>', 'batch sizes, e.g. 1,4; the model’s own without it')
    .option('--shape <name=dims...>', 'shape of an input, e.g. x=1x3x48x320 or x=batchx3x48x320; may be repeated')
    .option('--data <path>', 'calibration and evaluation inputs: .npz, .npy, IDX or a folder of images')
    .option('--threads <n>', 'CPU threads of each engine')
    .option('--variants <list>', 'fp32, tf32, fp16, bf16, int8', 'fp32,int8')
    .option('--runtime <name>', 'onnxruntime, tensorrt, onnxruntime-cuda, onnxruntime-tensorrt', 'onnxruntime')
    .option('--threshold <x>', 'speed-up from which INT8 pays', '1.05')
    .option('--max-seconds <s>', 'time for the rounds of one trial', '30')
    .option('--min-rounds <n>', 'fewest rounds', '9')
    .option('--scheme <list>', 'static-symmetric, static-asymmetric, dynamic-symmetric, dynamic-asymmetric')
    .option('--calibrator <list>', 'max, percentile, entropy, mse, auto')
    .option('--weight-bits <n>', '7 or 8')
    .option('--bias-correction', 'biases make up for what rounded weights do; without it calibrator auto decides')
    .option('--no-bias-correction', 'calibrator auto leaves biases as they are')
    .option('--exclude <list>', 'layers kept in float, by name or operator type')
    .option('--own-model <file>', 'your own Q/DQ model as the INT8 recipe')
    .option('--placement <list>', 'explicit (Q/DQ), implicit (TensorRT up to 10: calibration cache)')
    .option('--rest <list>', 'TensorRT: what is not INT8 may run in fp32, tf32, fp16, bf16')
    .option('--accuracy <budget>', 'cosine>=0.99, sqnr>=20 or top1<=0.01')
    .option('--seed <n>', 'seed of everything random', '1')
    .option('--force', 'measure what policy calls unsupported')
    .option(
      '--device <id>',
      'which GPU or DLA core: its index, or its id as nvidia-smi -L prints it; else the first GPU',
    )
    .option(
      '--modes <list>',
      `plans of 20 s and more measure the final pair in other modes too; GPU: ${gpuModeIds.join(', ')}; CPU: ${cpuModeIds.join(', ')}; all or none`,
      'all',
    )
    .option('--builds <n>', 'TensorRT: independent builds where the gain is under 10 %; 1: none', '3')
    .option(
      '--int8-borders',
      'TensorRT: measure with INT8 inputs and outputs too: the cost of conversions at the border',
    )
    .option('--build-limit <s>', 'seconds after which a build is given up', '900')
    .option('--tactic-sources <list>', 'TensorRT: as trtexec takes it, e.g. -CUDNN,-CUBLAS,-CUBLAS_LT')
    .option('--builder-level <n>', 'TensorRT 8.6 and newer: --builderOptimizationLevel')
    .option('--plugin <file...>', 'TensorRT: a plugin library to load; its hash is recorded')
    .option('--lock-clocks [mhz]', 'GPU: lock the SM clock while measuring (needs permission; always undone)')
    .option('--record <file>', 'write the whole record (raw samples included) as JSON')
    .option('--json', 'one JSON document on stdout')
    .action(async (model: string, raw: Options) => {
      const options = { ...parseTrialOptions(raw), ...parseGpuOptions(raw) };
      const { benchHere } = await import('../local-bench.js');
      const abort = new AbortController();
      process.once('SIGINT', () => abort.abort());
      process.once('SIGTERM', () => abort.abort());
      const progress = progressLine();
      const { rows, records } = await benchHere(model, options, {
        onTrial: (spec, index, total) =>
          note(
            `trial ${index + 1} of ${total}: ${spec.model.name}, batch ${spec.batch}, ${spec.deviceClass}, ${spec.runtime}`,
          ),
        onProgress: progress.tell,
        signal: abort.signal,
      }).finally(progress.end);
      if (raw.record !== undefined) writeOutput('--record', raw.record, JSON.stringify({ schemaVersion: 1, records }));
      if (raw.json) printJson({ results: rows });
      else printText(verdictTable(rows));
      process.exitCode = exitCodeOf(rows);
    });
}
