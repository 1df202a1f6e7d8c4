import { recipeLabel, type EngineSummary, type Recipe } from '@octet/domain';
import type { StoredRow, TrialDocument } from '@octet/protocol';

export type CellValue = string | number | null;

/** One column of an export: the same name in JSON, CSV and Parquet. Times in ns are integers. */
export interface RecordColumn {
  name: string;
  type: 'STRING' | 'DOUBLE' | 'INT64' | 'TIMESTAMP';
  value: (source: RecordSource) => CellValue;
}

/** A verdict's row with the trial that it came from; null for a cell that never became a trial. */
export interface RecordSource {
  row: StoredRow;
  trial: TrialDocument | null;
}

/** One flat row; every column is there, absent is null. */
export type RecordRow = Record<string, CellValue>;

export function recordRow(source: RecordSource): RecordRow {
  return Object.fromEntries(recordColumns.map(({ name, value }) => [name, value(source)]));
}

const text = (name: string, value: RecordColumn['value']): RecordColumn => ({ name, type: 'STRING', value });
const time = (name: string, value: RecordColumn['value']): RecordColumn => ({ name, type: 'TIMESTAMP', value });
const int = (name: string, value: RecordColumn['value']): RecordColumn => ({ name, type: 'INT64', value });
const real = (name: string, value: RecordColumn['value']): RecordColumn => ({ name, type: 'DOUBLE', value });

const identity: readonly RecordColumn[] = [
  text('trialId', ({ row }) => row.trialId),
  text('matrixId', ({ row }) => row.matrixId),
  text('rerunOf', ({ trial }) => trial?.rerunOf ?? null),
  time('recordedAt', ({ row }) => row.recordedAt),
  time('startedAt', ({ trial }) => textOf(trial?.record?.['startedAt'])),
  time('endedAt', ({ trial }) => textOf(trial?.record?.['endedAt'])),
  text('agentId', ({ trial }) => trial?.trial.agentId ?? null),
  text('modelName', ({ row }) => row.model.name),
  text('modelSha256', ({ row }) => row.model.sha256 || null),
  text('datasetSha256', ({ trial }) => trial?.spec.dataset?.sha256 ?? null),
  text('deviceClass', ({ row }) => row.device.class),
  text('deviceName', ({ row }) => row.device.name),
  text('architecture', ({ row }) => row.device.architecture),
  text('driverVersion', ({ trial }) => textOf(partOf(trial?.record?.['device'])['driverVersion'])),
  text('runtime', ({ row }) => row.runtime.name),
  text('runtimeVersion', ({ row }) => row.runtime.version),
  int('batch', ({ row }) => row.batch),
  text('shapes', ({ row }) => JSON.stringify(row.shapes)),
  int('threads', ({ trial }) => trial?.spec.threads ?? null),
  int('seed', ({ trial }) => trial?.spec.seed ?? null),
  text('recipe', ({ row }) => (row.recipe === null ? null : JSON.stringify(row.recipe))),
];

const answer: readonly RecordColumn[] = [
  text('verdict', ({ row }) => row.verdict),
  text('reasons', ({ row }) => row.reasons.map((reason) => reason.id).join(' ')),
  text('stop', ({ trial }) => textOf(trial?.record?.['stop'])),
  real('threshold', ({ trial }) => trial?.spec.plan.threshold ?? null),
  real('noiseFloor', ({ row }) => row.noiseFloor),
  int('rounds', ({ row }) => row.rounds),
  real('speedup', ({ row }) => row.speedup?.median ?? null),
  real('speedupLow', ({ row }) => row.speedup?.low ?? null),
  real('speedupHigh', ({ row }) => row.speedup?.high ?? null),
  int('gainNs', ({ row }) => row.gainNs),
  text('accuracyMetric', ({ row }) => row.accuracy?.metric ?? null),
  real('accuracyValue', ({ row }) => row.accuracy?.value ?? null),
  int('accuracyInputs', ({ row }) => row.accuracy?.inputs ?? null),
];

const times: readonly RecordColumn[] = [
  text('floatVariant', ({ row }) => row.floatVariant),
  int('tFloatNs', ({ row }) => row.times?.tFloatNs ?? null),
  int('tQuantNs', ({ row }) => row.times?.tQuantNs ?? null),
  int('tInt8Ns', ({ row }) => row.times?.tInt8Ns ?? null),
  int('tDequantNs', ({ row }) => row.times?.tDequantNs ?? null),
  int('int8EndToEndNs', ({ row }) => row.times?.int8EndToEndNs ?? null),
  int('int8PartInt8Ns', ({ row }) => row.times?.int8Parts?.int8Ns ?? null),
  int('int8PartFloatNs', ({ row }) => row.times?.int8Parts?.floatNs ?? null),
  int('int8PartConversionNs', ({ row }) => row.times?.int8Parts?.conversionNs ?? null),
  int('int8PartOverheadNs', ({ row }) => row.times?.int8Parts?.overheadNs ?? null),
];

/** The fastest float engine and the recipe's own, each with the same columns. */
const engines: readonly RecordColumn[] = [
  ...engineColumns('float', ({ row, trial }) => engineOf(trial, row.floatVariant)),
  ...engineColumns('int8', ({ row, trial }) => engineOf(trial, labelOf(row))),
];

/** Every column of an export, in its order. */
export const recordColumns: readonly RecordColumn[] = [
  ...identity,
  ...answer,
  ...times,
  ...engines,
  text('int8CalibrationTableSha256', ({ row, trial }) => engineOf(trial, labelOf(row))?.calibrationTableSha256 ?? null),
  text('environment', ({ trial }) => factsOf(trial)),
];

function engineColumns(
  prefix: 'float' | 'int8',
  engine: (source: RecordSource) => EngineSummary | null,
): readonly RecordColumn[] {
  return [
    int(`${prefix}Samples`, (source) => engine(source)?.latency?.samples ?? null),
    int(`${prefix}P50Ns`, (source) => engine(source)?.latency?.p50Ns ?? null),
    int(`${prefix}P90Ns`, (source) => engine(source)?.latency?.p90Ns ?? null),
    int(`${prefix}P95Ns`, (source) => engine(source)?.latency?.p95Ns ?? null),
    int(`${prefix}P99Ns`, (source) => engine(source)?.latency?.p99Ns ?? null),
    real(`${prefix}ThroughputPerSecond`, (source) => engine(source)?.latency?.throughputPerSecond ?? null),
    int(`${prefix}BuildNs`, (source) => engine(source)?.buildNs ?? null),
    int(`${prefix}FirstLoadNs`, (source) => engine(source)?.firstLoadNs ?? null),
    int(`${prefix}WarmLoadNs`, (source) => engine(source)?.warmLoadNs ?? null),
    int(`${prefix}SizeBytes`, (source) => engine(source)?.sizeBytes ?? null),
    int(`${prefix}PeakMemoryBytes`, (source) => engine(source)?.peakMemoryBytes ?? null),
    real(`${prefix}EnergyMillijoules`, (source) => engine(source)?.energyMillijoules ?? null),
    text(`${prefix}EngineSha256`, (source) => engine(source)?.sha256 ?? null),
  ];
}

function engineOf(trial: TrialDocument | null, label: string | null): EngineSummary | null {
  return trial?.engines.find((engine) => engine.label === label) ?? null;
}

/** Label of the row's engine: recipes come back from the database with every field they had. */
function labelOf({ recipe }: StoredRow): string | null {
  return recipe === null ? null : recipeLabel(recipe as unknown as Recipe);
}

/** What the agent said of its host: versions, governor, cores. */
function factsOf(trial: TrialDocument | null): string | null {
  const { facts } = partOf(trial?.record?.['environment']);
  return facts === undefined ? null : JSON.stringify(facts);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function partOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
