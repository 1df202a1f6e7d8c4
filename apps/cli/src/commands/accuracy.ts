import type { Command } from 'commander';
import type { AccuracyReport, LayerComparison, Share, Similarity } from '@octet/quantization';
import { printJson, printText } from '../output.js';
import { textTable } from '../table.js';

interface Options {
  data: string;
  batchSize?: string;
  layers?: boolean;
  threads?: string;
  json?: boolean;
}

export function registerAccuracy(program: Command): void {
  program
    .command('accuracy')
    .description(
      'compare two forms of one model over a dataset: SQNR, cosine, largest error, agreement, top-1 and top-5',
    )
    .argument('<reference>', 'ONNX file, usually FP32')
    .argument('<candidate>', 'ONNX file, usually INT8')
    .requiredOption('--data <path>', 'inputs (and labels): .npz, .npy, IDX or a folder of images')
    .option('--batch-size <n>', 'samples in one run; the model’s own batch, or 1, without it')
    .option('--layers', 'compare every layer that both models have')
    .option('--threads <n>', 'CPU threads for running the models')
    .option('--json', 'one JSON document on stdout')
    .action(async (reference: string, candidate: string, options: Options) => {
      const { accuracyHere } = await import('../accuracy-here.js');
      const { report, layers } = await accuracyHere(reference, candidate, options);
      if (options.json) printJson(asDocument(report, layers));
      else printText(asText(report, layers));
    });
}

/** JSON has no infinity: null where the outputs are equal (SQNR) or undefined. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function similarityDocument({ cosine, sqnrDb, maxError, elements }: Similarity): object {
  return { cosine: finite(cosine), sqnrDb: finite(sqnrDb), maxError: finite(maxError), elements };
}

function asDocument(report: AccuracyReport, layers: LayerComparison[] | null): object {
  const outputs = Object.fromEntries(
    Object.entries(report.outputs).map(([name, found]) => [name, similarityDocument(found)]),
  );
  const { inputs, agreement, labelled } = report;
  const shown =
    layers?.map((layer) => ({ tensor: layer.tensor, opType: layer.opType, ...similarityDocument(layer) })) ?? null;
  return { inputs, overall: similarityDocument(report.overall), outputs, agreement, labelled, layers: shown };
}

function shareText({ value, interval }: Share): string {
  const percent = (share: number): string => (100 * share).toFixed(2);
  return `${percent(value)} %${interval === null ? '' : ` [${percent(interval.low)}, ${percent(interval.high)}]`}`;
}

function asText(report: AccuracyReport, layers: LayerComparison[] | null): string {
  const row = (name: string, { sqnrDb, cosine, maxError }: Similarity): string[] => [
    name,
    sqnrDb.toFixed(1),
    cosine.toFixed(5),
    maxError.toPrecision(3),
  ];
  const rows = Object.entries(report.outputs).map(([name, found]) => row(name, found));
  const lines = [
    `${report.inputs} inputs`,
    textTable(['output', 'SQNR dB', 'cosine', 'largest error'], [...rows, row('overall', report.overall)]),
  ];
  if (report.agreement !== null) lines.push(`Same best class: ${shareText(report.agreement)}`);
  if (report.labelled !== null) {
    const { top1, top5, referenceTop1, referenceTop5 } = report.labelled;
    lines.push(`Top-1: ${shareText(top1)}; reference ${shareText(referenceTop1)}`);
    lines.push(`Top-5: ${shareText(top5)}; reference ${shareText(referenceTop5)}`);
  }
  if (layers !== null) {
    const header = ['layer output', 'SQNR dB', 'cosine', 'largest error', 'operator'];
    lines.push(
      textTable(
        header,
        layers.map((layer) => [...row(layer.tensor, layer), layer.opType]),
      ),
    );
  }
  return lines.join('\n');
}
