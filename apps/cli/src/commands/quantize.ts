import type { Command } from 'commander';
import { note, printJson, printText } from '../output.js';
import { parseQuantizeOptions, type RawQuantizeOptions } from '../quantize-options.js';
import type { QuantizeOutcome } from '../quantize-here.js';
import { textTable } from '../table.js';

export function registerQuantize(program: Command): void {
  program
    .command('quantize')
    .description('write the INT8 form of an ONNX model')
    .argument('<model>', 'ONNX file')
    .requiredOption('-o, --output <file>', 'INT8 model to write')
    .option('--data <path>', 'calibration inputs: .npz, .npy, IDX or a folder of images')
    .option(
      '--scheme <name>',
      'static-symmetric, static-asymmetric, dynamic-symmetric, dynamic-asymmetric',
      'static-symmetric',
    )
    .option('--calibrator <name>', 'auto (tries all on held-out inputs), max, percentile, entropy, mse')
    .option('--target <name>', 'onnxruntime-cpu, onnxruntime-cuda, tensorrt', 'onnxruntime-cpu')
    .option('--max-drop <x>', 'keep the worst layers in float until the metric drops by at most x')
    .option('--metric <name>', 'what may drop: top1, top5 (shares) or cosine (1 - cosine)', 'cosine')
    .option('--weight-bits <n>', '7 or 8', '8')
    .option('--per-tensor', 'one scale for each weight instead of one for each channel')
    .option('--bias-correction', 'biases make up for what rounded weights do; without it calibrator auto decides')
    .option('--no-bias-correction', 'calibrator auto leaves biases as they are')
    .option('--exclude <list>', 'layers kept in float, by name or operator type')
    .option('--percentile <p>', 'for the percentile calibrator', '99.99')
    .option('--batch-size <n>', 'samples in one calibration run; the model’s own batch, or 1, without it')
    .option('--batches <n>', 'calibration batches; all without it')
    .option('--table <file>', 'calibration table (or TensorRT calibration cache): read if it is there, else written')
    .option('--cache <file>', 'write the ranges as a TensorRT calibration cache too')
    .option('--seed <n>', 'seed of the order of samples and of the held-out split', '1')
    .option('--threads <n>', 'CPU threads for running the model')
    .option('--json', 'one JSON document on stdout')
    .action(async (model: string, raw: RawQuantizeOptions) => {
      const options = parseQuantizeOptions(raw);
      const { quantizeHere } = await import('../quantize-here.js');
      const outcome = await quantizeHere(model, options, seldom(note));
      if (raw.json) printJson(asDocument(model, options.target, outcome));
      else printText(asText(outcome));
    });
}

/** Lets a line through every two seconds: progress is for people. */
function seldom(tell: (text: string) => void): (text: string) => void {
  let last = 0;
  return (text) => {
    if (Date.now() - last < 2000) return;
    last = Date.now();
    tell(text);
  };
}

function asDocument(path: string, target: string, outcome: QuantizeOutcome): object {
  const { report, recipe, tableSha256, calibration, choice, placement, modelSha256 } = outcome;
  const { outPath, targets, quantized, left } = report;
  const model = { path, sha256: modelSha256 };
  const dropped = placement === null ? null : placementDocument(placement);
  return {
    model,
    output: outPath,
    target,
    recipe,
    calibration,
    tableSha256,
    choice,
    placement: dropped,
    targets,
    quantized,
    left,
  };
}

/** JSON knows neither infinity nor NaN: null. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function placementDocument({ drop, holds, keptFloat }: NonNullable<QuantizeOutcome['placement']>): object {
  const kept = keptFloat.map(({ name, sqnrDb }) => ({ name, sqnrDb: finite(sqnrDb) }));
  return { drop: finite(drop), holds, keptFloat: kept };
}

function asText({ report, choice, placement, recipe }: QuantizeOutcome): string {
  const lines = [
    `${report.outPath}: ${report.targets.length} layers with INT8 weights, ${report.quantized.length} in INT8, ${report.left.length} left in float.`,
  ];
  const corrected = recipe.biasCorrection === true ? 'corrected biases' : [];
  if (choice !== null) lines.push(`Chosen: ${choice.reason}`);
  else lines.push(`Recipe: ${[recipe.scheme, recipe.calibrator ?? [], corrected].flat().join(', ')}.`);
  if (placement !== null) {
    const verb = placement.holds ? 'holds' : 'does NOT hold';
    lines.push(
      `Drop ${placement.drop.toFixed(4)}: the budget ${verb}, with ${placement.keptFloat.length} sensitive layers kept in float.`,
    );
    const rows = placement.keptFloat.map((layer) => [layer.name, layer.sqnrDb.toFixed(1)]);
    if (rows.length > 0) lines.push(textTable(['kept in float', 'SQNR dB when quantised alone'], rows));
  }
  const left = report.left.map(({ name, opType, reason }) => [name, opType, reason]);
  if (left.length > 0) lines.push(textTable(['left in float', 'operator', 'why'], left));
  return lines.join('\n');
}
