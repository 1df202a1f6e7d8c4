import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOctetError, isOwnModel, parseVersion, type BorderRecord } from '@octet/domain';
import { parseCalibrationCache, type LoadedEngine, type TensorMap } from '@octet/engines';
import { declaredShape, Graph, loadModel, saveModel } from '@octet/onnx';
import { takeBordersOut } from '@octet/quantization';
import { wholeStudy } from '../deps.js';
import type { TrialSource } from '../trial-source.js';
import { int8Format, int8Inputs } from './int8-inputs.js';
import { modeRounds, roundMedians } from './mode-rounds.js';
import type { RebuildChanges, TrialEngine } from './open-engine.js';

const roundMs = 200;
const mostMs = 180_000;

/**
 * Every INT8 engine built once more with INT8 inputs, and with INT8 inputs and outputs, measured beside the engine as it is:
 * what disappears is what the conversions at the border cost, and checks T_quant and T_dequant. Explicit INT8 loses the Q/DQ
 * nodes at its border; implicit INT8 gets INT8 memory formats there. One that can't be built or run says why.
 */
export async function measureBorders(source: TrialSource, engines: readonly TrialEngine[]): Promise<BorderRecord[]> {
  const asked = source.deps.study?.int8Borders ?? wholeStudy.int8Borders;
  if (!asked || source.deps.runtime.name !== 'tensorrt') return [];
  const measured = engines.filter(({ plan, record }) => plan.variant === 'int8' && record.status === 'measured');
  const records: BorderRecord[] = [];
  for (const engine of measured) {
    for (const borders of ['inputs', 'inputs-outputs'] as const) {
      records.push(await measureBorder(source, engine, borders));
    }
  }
  return records;
}

async function measureBorder(
  source: TrialSource,
  engine: TrialEngine,
  borders: BorderRecord['borders'],
): Promise<BorderRecord> {
  const { deps, progress } = source;
  const { label } = engine.plan;
  progress.tell('build', `${label}: INT8 ${borders.replace('-', ' and ')}`);
  const folder = await mkdtemp(join(tmpdir(), 'octet-borders-'));
  let opened: LoadedEngine | null = null;
  try {
    const changed = await changesFor(source, engine, borders, folder);
    const built = await engine.rebuild?.(await mkdtemp(join(folder, 'engine-')), changed.changes);
    if (built === undefined) return { recipe: label, borders, roundMediansNs: null, refusal: null };
    opened = await deps.runtime.open({
      engine: built,
      device: deps.device,
      inputs: changed.inputs,
      signal: deps.signal,
    });
    await opened.warmUp();
    const pair = new Map([
      ['as-built', engine.loaded as LoadedEngine],
      ['int8-borders', opened],
    ]);
    const rounds = await modeRounds(source, pair, { roundMs, maxMs: mostMs, rounds: source.spec.plan.minRounds });
    if (rounds === null) {
      const message = 'A launch of this engine failed while it was measured.';
      return { recipe: label, borders, roundMediansNs: null, refusal: { code: 'engine-failed', message } };
    }
    const roundMediansNs = {
      asBuilt: roundMedians(rounds, 'as-built'),
      int8Borders: roundMedians(rounds, 'int8-borders'),
    };
    return { recipe: label, borders, roundMediansNs, refusal: null };
  } catch (error) {
    deps.signal.throwIfAborted();
    const code = isOctetError(error) ? error.code : 'border-failed';
    return {
      recipe: label,
      borders,
      roundMediansNs: null,
      refusal: { code, message: (error as Error).message },
    };
  } finally {
    await opened?.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

interface BorderChanges {
  changes: RebuildChanges;
  inputs: TensorMap;
}

function changesFor(
  source: TrialSource,
  engine: TrialEngine,
  borders: BorderRecord['borders'],
  folder: string,
): Promise<BorderChanges> {
  const { recipe } = engine.plan;
  const implicit = recipe !== null && !isOwnModel(recipe) && recipe.placement === 'implicit';
  return implicit ? implicitChanges(source, engine, borders) : explicitChanges(source, engine, borders, folder);
}

async function explicitChanges(
  { inputs, deps }: TrialSource,
  { model }: TrialEngine,
  borders: BorderRecord['borders'],
  folder: string,
): Promise<BorderChanges> {
  const source = await loadModel(model?.path ?? '');
  const freed = takeBordersOut(source, { outputs: borders === 'inputs-outputs' });
  const modelPath = join(folder, 'model.onnx');
  await saveModel(freed.model, modelPath);
  const { graph } = freed.model;
  const formats = (values: typeof graph.input, free: (name: string) => boolean): string[] =>
    values
      .filter(({ name }) => !graph.initializer.some((tensor) => tensor.name === name))
      .map(({ name, type }) => (free(name) ? int8Format(declaredShape(type)?.length ?? 0) : 'fp32:chw'));
  const flags = await formatFlags(deps, {
    inputFormats: formats(graph.input, (name) => name in freed.inputScales),
    outputFormats: freed.outputs.length === 0 ? [] : formats(graph.output, (name) => freed.outputs.includes(name)),
  });
  return { changes: { modelPath, options: flags }, inputs: int8Inputs(inputs.batch, freed.inputScales) };
}

async function implicitChanges(
  { inputs, deps }: TrialSource,
  { model }: TrialEngine,
  borders: BorderRecord['borders'],
): Promise<BorderChanges> {
  const { scales } = parseCalibrationCache(await readFile(model?.calibrationCachePath ?? '', 'utf8'));
  const graph = new Graph(await loadModel(model?.path ?? ''));
  const names = graph.proto.input.map(({ name }) => name).filter((name) => graph.isInput(name));
  const options = await formatFlags(deps, {
    inputFormats: names.map((name) => int8Format(inputs.batch[name]?.dims.length ?? 0)),
    outputFormats:
      borders === 'inputs' ? [] : graph.proto.output.map(({ type }) => int8Format(declaredShape(type)?.length ?? 0)),
  });
  const own = Object.fromEntries(names.map((name) => [name, scales[name] ?? 1]));
  return { changes: { options }, inputs: int8Inputs(inputs.batch, own) };
}

/** From TensorRT 11 on the model's own types say it all. */
async function formatFlags(
  { runtime }: TrialSource['deps'],
  formats: { inputFormats: string[]; outputFormats: string[] },
): Promise<Record<string, unknown>> {
  const [major = 0] = parseVersion((await runtime.probe())?.version ?? '') ?? [];
  return major >= 11 ? {} : { ...formats };
}
