import type { Command } from 'commander';
import type { ModelInfo } from '@octet/onnx';
import type { TensorSummary } from '@octet/quantization';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';

interface Options {
  weights?: boolean;
  data?: string;
  batches: string;
  threads?: string;
  json?: boolean;
}

/** `octet models inspect`: hangs below `models`, which must be registered before. Needs no controller. */
export function registerModelsInspect(program: Command): void {
  const models = program.commands.find((command) => command.name() === 'models');
  if (models === undefined) throw new Error('register models before models inspect');
  models
    .command('inspect')
    .description(
      'what is in an ONNX file: inputs, layers, MACs, weights; with --data the distribution of its activations',
    )
    .argument('<file>', 'ONNX file')
    .option('--weights', 'statistics and histogram of each weight')
    .option('--data <path>', 'inputs to run: .npz, .npy, IDX or a folder of images; shows each activation')
    .option('--batches <n>', 'batches of the data to run', '8')
    .option('--threads <n>', 'CPU threads for running the model')
    .option('--json', 'one JSON document on stdout')
    .action(async (file: string, options: Options) => {
      const { inspectHere } = await import('../inspect-here.js');
      const found = await inspectHere(file, options);
      if (options.json) printJson({ model: found.info, weights: found.weights, activations: found.activations });
      else printText(asText(found.info, found.weights, found.activations, found.draw));
    });
}

type Draw = (counts: readonly number[]) => string;

function asText(
  info: ModelInfo,
  weights: TensorSummary[] | null,
  activations: TensorSummary[] | null,
  draw: Draw,
): string {
  const value = ({ name, dataType, shape }: ModelInfo['inputs'][number]): string =>
    `${name}: ${dataType ?? 'unknown'}[${shape?.map((dim) => dim ?? '?').join(', ') ?? 'unknown rank'}]`;
  const known = (count: number | null): string => (count === null ? '-' : count.toLocaleString('en-US'));
  const parts = [
    `inputs      ${info.inputs.map(value).join('; ')}`,
    `outputs     ${info.outputs.map(value).join('; ')}`,
    `opset       ${Object.entries(info.opsets)
      .map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`)
      .join(', ')}`,
    `parameters  ${known(info.parameters)} (${(info.weightBytes / 1e6).toFixed(1)} MB)`,
    `MACs        ${known(info.macs)}`,
    `operators   ${Object.entries(info.opTypes)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  ];
  if (info.hasQdq) parts.push('Q/DQ        yes: the model is quantised already');
  const layers = info.layers.filter((layer) => layer.parameters > 0);
  parts.push(
    '',
    textTable(
      ['layer with weights', 'operator', 'MACs', 'parameters'],
      layers.map(({ name, opType, macs, parameters }) => [name, opType, known(macs), known(parameters)]),
    ),
  );
  if (weights !== null) parts.push('', summaryTable('weight', weights, draw));
  if (activations !== null) parts.push('', summaryTable('activation', activations, draw));
  return parts.join('\n');
}

function summaryTable(title: string, summaries: readonly TensorSummary[], draw: Draw): string {
  const rows = summaries.map(({ name, min, max, histogram, notFinite }) => [
    notFinite === 0 ? name : `${name} (${notFinite} values NaN or infinite)`,
    min.toPrecision(4),
    max.toPrecision(4),
    `|${draw(histogram)}|`,
  ]);
  return textTable([title, 'min', 'max', 'from min to max'], rows);
}
