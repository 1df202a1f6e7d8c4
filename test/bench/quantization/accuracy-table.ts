/*
 * Accuracy of our static INT8 models beside Python onnxruntime's quantize_static at each of its settings, on the same
 * calibration and held-out inputs, both run by onnxruntime-node on this CPU. Prints a Markdown table.
 *   OCTET_PYTHON=V/bin/python npx tsx test/bench/quantization/accuracy-table.ts [CASE ...]
 */
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recipeDefaults } from '@octet/domain';
import { hashModel } from '@octet/onnx';
import {
  chooseRecipe,
  compareWithReference,
  runReference,
  splitHeldOut,
  type AccuracyReport,
  type Dataset,
} from '@octet/quantization';
import { nodeRunner } from '../../../libs/quantization/src/testing/node-runner.js';
import { accuracyCases, caseDataset, prepareCases, type AccuracyCase } from './cases.js';
import { referencePython, runReferenceScript, withoutPython } from './python.js';
import { writeNpy } from './write-npy.js';

const seed = 1;
const runner = nodeRunner({ intraOpNumThreads: 1 });

interface Row {
  model: string;
  by: string;
  setting: string;
  accuracy: AccuracyReport;
}

async function ours(found: AccuracyCase, dataset: Dataset): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scheme of ['static-symmetric', 'static-asymmetric'] as const) {
    const choice = await chooseRecipe({
      modelPath: found.modelPath,
      modelSha256: await hashModel(found.modelPath),
      dataset,
      runner,
      target: 'onnxruntime-cpu',
      seed,
      recipe: { ...recipeDefaults, scheme, calibrator: 'auto' },
      saturatingCpu: false,
    });
    for (const { recipe, accuracy } of choice.candidates) {
      const setting = [scheme, recipe.calibrator, recipe.biasCorrection === true ? 'corrected biases' : []];
      rows.push({ model: found.name, by: 'Octet', setting: setting.flat().join(' '), accuracy });
    }
  }
  return rows;
}

async function theirs(found: AccuracyCase, dataset: Dataset, python: string): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'octet-reference-'));
  try {
    const { calibration, heldOut } = splitHeldOut(dataset, seed);
    const batch = calibration.batch(0, calibration.count)[found.input.name]!;
    const data = join(folder, 'calibration.npy');
    writeNpy(data, batch.dims, batch.data as Float32Array);
    mkdirSync(join(folder, 'models'));
    const args = ['accuracy', found.modelPath, data, found.input.name, join(folder, 'models')];
    const made = runReferenceScript<{ setting: string; path: string }[]>(python, args);
    const reference = await runReference(runner, found.modelPath, heldOut, 1);
    const rows: Row[] = [];
    for (const { setting, path } of made) {
      const accuracy = await compareWithReference(runner, path, reference);
      rows.push({ model: found.name, by: 'quantize_static', setting, accuracy });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(rows: readonly Row[]): void {
  for (const { model, by, setting, accuracy } of rows.toSorted(
    (a, b) => b.accuracy.overall.sqnrDb - a.accuracy.overall.sqnrDb,
  )) {
    const { overall, agreement, labelled } = accuracy;
    const share = (value: number | undefined): string => (value === undefined ? '' : `${(100 * value).toFixed(1)} %`);
    const cells = [
      model,
      by,
      setting,
      overall.sqnrDb.toFixed(1),
      overall.cosine.toFixed(4),
      share(agreement?.value),
      share(labelled?.top1.value),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

const python = referencePython();
if (python === null) console.error(withoutPython);
const wanted = process.argv.slice(2);
console.log('| model | by | setting | SQNR dB | cosine | agreement | top-1 |');
console.log('|---|---|---|---|---|---|---|');
await prepareCases();
for (const found of accuracyCases.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const dataset = await caseDataset(found);
  print([...(await ours(found, dataset)), ...(python === null ? [] : await theirs(found, dataset, python))]);
}
