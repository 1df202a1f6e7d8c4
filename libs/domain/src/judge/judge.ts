import { accuracyVerdict } from '../accuracy.js';
import { expectedFastestFloat, gpuCapabilityOf } from '../capabilities/index.js';
import { speedupsOf } from '../decision.js';
import type { BatchPoint, DiagnosisFacts, Footprint, ModeTimes } from '../diagnosis/index.js';
import { diagnose } from '../diagnosis/index.js';
import { endToEndNs } from '../end-to-end.js';
import { gainNs, timesOf } from '../gain.js';
import { recipeLabel, type Recipe, type Variant } from '../recipe.js';
import type { ResultRow, Times } from '../result-row.js';
import { footprintOf } from '../roofline/index.js';
import { mostLayerCostNs, splitTimes } from '../split/index.js';
import {
  allowedInterval,
  assessStability,
  instabilityMatters,
  mean,
  roundTimeNs,
  pairedRatios,
  standardDeviation,
  type StabilityFinding,
} from '../statistics/index.js';
import type { EngineRecord, Refusal, RoundRecord, TrialRecord } from '../trial.js';
import { verdictOf, type VariantSpeedup } from '../verdict.js';
import { ranInt8 } from './int8-use.js';
import {
  accuracyReason,
  accuracyUnknown,
  bestFloatReason,
  bySeverity,
  disagreement,
  engineMissing,
  int8NotAsked,
  nothingToCompare,
  refusedReasons,
  stillOpen,
  tooFewRounds,
} from './verdict-reasons.js';
import { borderReasons } from './border-reasons.js';
import { buildReasons, overBuilds } from './build-spread.js';
import { energyReasons } from './energy-reason.js';
import { modeReasons, modesMeasured } from './mode-reasons.js';
import { modeTimes } from './mode-times.js';
import { fastestFloat, measuredFloats, type MeasuredFloat } from './measured-floats.js';
import { emptyRow, recipeDocument, refusalReason, rowDevice, type RowSubject } from './row-frame.js';

/** What a verdict needs beyond the record. Everything but the noise floor may be left out; nothing is guessed then. */
export interface JudgeContext {
  /** Noise floor of the device class, relative (0.01 until measured). */
  noiseFloor: number;
  /** Variants that were asked for and refused before the trial was made: said beside the verdict. */
  refused?: readonly { variant: Variant; refusal: Refusal }[];
  /** Other conditions of the final pair, by recipe label. */
  modes?: Readonly<Record<string, ModeTimes>>;
  /** The same recipe at other batches, by recipe label. */
  otherBatches?: Readonly<Record<string, readonly BatchPoint[]>>;
  footprint?: Footprint;
}

/**
 * The rows of one trial: one for each recipe, in the spec's order, judged from the record alone. Without recipes (`--variants
 * fp32`): one row with recipe null that says what is missing. A trial that serves a plan compares nothing: no row. Pure: the same record gives the same rows.
 */
export function judge(record: TrialRecord, context: JudgeContext): ResultRow[] {
  if (record.spec.serve !== undefined) return [];
  const subject = subjectOf(record);
  const floats = measuredFloats(record);
  if (record.spec.recipes.length === 0) return [floatOnlyRow(record, subject, floats, context)];
  return record.spec.recipes.map((recipe) => judgeRecipe(record, context, subject, floats, recipe));
}

function subjectOf(record: TrialRecord): RowSubject {
  return {
    model: record.spec.model,
    device: rowDevice(record.device, record.spec.threads),
    runtime: { name: record.runtime.name, version: record.runtime.version },
    batch: record.spec.batch,
    shapes: record.spec.shapes,
  };
}

function floatOnlyRow(
  record: TrialRecord,
  subject: RowSubject,
  floats: readonly MeasuredFloat[],
  context: JudgeContext,
): ResultRow {
  const fastest = fastestFloat(floats);
  const failed = record.engines.flatMap((engine) => (engine.refusal === null ? [] : [refusalReason(engine.refusal)]));
  return {
    ...emptyRow(subject, null, 'not-measured', [int8NotAsked(floats), ...failed, ...refusedReasons(context)]),
    floatVariant: fastest?.variant ?? null,
    floats: floatTimes(floats),
    rounds: counted(record.rounds),
  };
}

function judgeRecipe(
  record: TrialRecord,
  context: JudgeContext,
  subject: RowSubject,
  floats: readonly MeasuredFloat[],
  recipe: Recipe,
): ResultRow {
  const label = recipeLabel(recipe);
  const engine = record.engines.find((candidate) => candidate.label === label);
  const refusal = refusalOf(record, engine);
  if (engine === undefined || refusal !== null) {
    const verdict = engine?.status === 'unsupported' ? 'unsupported' : 'not-measured';
    return withFloats(emptyRow(subject, recipe, verdict, [refusalReason(refusal ?? engineMissing(label))]), floats);
  }
  const fastest = fastestFloat(floats);
  const int8Ns = endToEndNs(record.rounds, label);
  if (fastest === null || int8Ns === null) {
    return withFloats(
      emptyRow(subject, recipe, 'not-measured', [refusalReason(nothingToCompare(record, fastest))]),
      floats,
    );
  }
  return measuredRow({ record, context, subject, floats, recipe, label, engine, fastest, int8Ns });
}

interface MeasuredPair {
  record: TrialRecord;
  context: JudgeContext;
  subject: RowSubject;
  floats: readonly MeasuredFloat[];
  recipe: Recipe;
  label: string;
  engine: EngineRecord;
  fastest: MeasuredFloat;
  int8Ns: number;
}

function measuredRow(pair: MeasuredPair): ResultRow {
  const { record, context, subject, floats, recipe, label, engine, fastest, int8Ns } = pair;
  const accurate = floats.filter((float) => float.accurate).map((float) => float.variant);
  const speedups = speedupsOf(record.rounds, accurate, label, record.spec.plan.minRounds).map((speedup) =>
    overBuilds(record, label, speedup),
  );
  const against = speedups.find((speedup) => speedup.variant === fastest.variant) ?? null;
  const ratios = pairedRatios(record.rounds, fastest.variant, label);
  const times = timesOf(
    fastest.endToEndNs,
    int8Ns,
    engine.layers === null ? null : splitTimes(engine.layers, int8Ns, mostLayerCostNs(record.runtime.name)),
  );
  const findings = stabilityFindings(record, ratios);
  const expected = expectedFastestFloat(record.device, record.runtime);
  const bestFloatMeasured = floats.some((float) => float.variant === expected);
  const accuracy = accuracyVerdict(record.spec.accuracy, engine.accuracy);
  const matters = couldChange(record, context, ratios, findings);
  const verdict = verdictOf({
    unsupported: false,
    notMeasured: false,
    unstable: matters || mostlyVoided(record.rounds),
    timeRanOut: record.stop !== 'decided',
    accuracy,
    speedups,
    threshold: record.spec.plan.threshold,
    noiseFloor: context.noiseFloor,
    int8Used: ranInt8(engine.layers),
    bestFloatMeasured,
  });
  const facts = {
    ...diagnosisFacts(pair, times, against, findings, accuracy === 'fails'),
    stabilityMatters: matters,
    tooWide: verdict === 'unstable' && !matters && !mostlyVoided(record.rounds) ? halfWidthOf(against) : null,
  };
  const reasons = [
    ...(bestFloatMeasured ? [] : [bestFloatReason(expected, floats)]),
    ...(accuracy === 'unknown' ? [accuracyUnknown(record)] : []),
    ...(accuracy === 'fails' ? [accuracyReason(record, engine)] : []),
    ...(speedups.length === 0 ? [tooFewRounds(record)] : []),
    ...(verdict === 'undecided' && against !== null && bestFloatMeasured ? [stillOpen(record, against, context)] : []),
    ...diagnose(facts),
    ...modeReasons(record, label, verdict, context.noiseFloor),
    ...modesMeasured(record, label, verdict, context.noiseFloor),
    ...energyReasons(record, label, fastest.variant),
    ...buildReasons(record, fastest.variant, label),
    ...borderReasons(record, engine, times),
    ...disagreement(times, against),
    ...refusedReasons(context),
  ];
  return {
    ...withFloats(emptyRow(subject, recipe, verdict, bySeverity(reasons)), floats),
    recipe: recipeDocument(recipe),
    times,
    gainNs: gainNs(times.tFloatNs, times.int8EndToEndNs),
    speedup: against === null ? null : allowedInterval(against, ratios, findings),
    rounds: ratios.length,
    accuracy: accuracyOf(engine),
  };
}

function halfWidthOf(speedup: VariantSpeedup | null): number | null {
  return speedup === null ? null : (speedup.high - speedup.low) / 2 / speedup.median;
}

function withFloats(row: ResultRow, floats: readonly MeasuredFloat[]): ResultRow {
  return { ...row, floatVariant: fastestFloat(floats)?.variant ?? null, floats: floatTimes(floats) };
}

function floatTimes(floats: readonly MeasuredFloat[]): Record<string, number> {
  return Object.fromEntries(floats.map((float) => [float.variant, Math.round(float.endToEndNs)]));
}

function refusalOf(record: TrialRecord, engine: EngineRecord | undefined): Refusal | null {
  if (record.stop === 'cancelled')
    return { code: 'cancelled', message: 'The trial was cancelled before it was decided: submit it again.' };
  if (engine === undefined || engine.status === 'measured') return null;
  return (
    engine.refusal ?? {
      code: `engine-${engine.status}`,
      message: `The engine ${engine.label} is ${engine.status}; no reason was recorded.`,
    }
  );
}

function counted(rounds: readonly RoundRecord[]): number {
  return rounds.filter((round) => round.voided === null).length;
}

function mostlyVoided(rounds: readonly RoundRecord[]): boolean {
  return counted(rounds) * 2 < rounds.length;
}

/** Throttling voids rounds; that most of them were is a finding of its own. */
function stabilityFindings(record: TrialRecord, ratios: readonly number[]): StabilityFinding[] {
  return assessStability(ratios).findings;
}

/** A drift that moves a speed-up of 3 by 2 % is told, but leaves the verdict as it is. */
function couldChange(
  { spec }: TrialRecord,
  { noiseFloor }: JudgeContext,
  ratios: readonly number[],
  findings: readonly StabilityFinding[],
): boolean {
  const boundaries = [Math.max(spec.plan.threshold, 1 + noiseFloor), 1 - noiseFloor];
  return instabilityMatters(ratios, findings, boundaries, spec.plan.minRounds);
}

function accuracyOf(engine: EngineRecord): ResultRow['accuracy'] {
  if (engine.accuracy === null) return null;
  const { metric, value, inputs, reference } = engine.accuracy;
  return { metric, value, inputs, reference };
}

function diagnosisFacts(
  pair: MeasuredPair,
  times: Times,
  speedup: VariantSpeedup | null,
  stability: StabilityFinding[],
  accuracyFails: boolean,
): DiagnosisFacts {
  const { record, context, floats, recipe, label, engine, fastest } = pair;
  const { device, runtime, rounds } = record;
  return {
    device,
    gpu: device.kind === 'cpu' ? null : gpuCapabilityOf(device.architecture, device.name),
    runtime,
    recipe,
    batch: record.spec.batch,
    floatVariant: fastest.variant,
    floats: floatTimes(floats),
    times,
    speedup,
    int8Layers: engine.layers,
    floatLayers: fastest.engine.layers,
    unfusedTargets: engine.build?.unfusedTargets ?? [],
    missingRanges: missingRanges(engine),
    accuracy: engine.accuracy,
    accuracyFails,
    stability,
    roundVariation: roundVariation(rounds, label),
    rounds: { counted: counted(rounds), voided: rounds.length - counted(rounds) },
    throttleReasons: [...new Set(record.telemetry.flatMap((sample) => sample.throttle))].sort(),
    modes: context.modes?.[label] ?? modeTimes(record, label, pair.int8Ns),
    otherBatches: context.otherBatches?.[label] ?? [],
    footprint: context.footprint ?? footprintOf(device, fastest.engine.layers, engine.layers),
  };
}

/** As the TensorRT adapter left them in the engine's options. */
function missingRanges({ build }: EngineRecord): string[] {
  const found = build?.options['missingRanges'];
  return Array.isArray(found) ? found.filter((name) => typeof name === 'string') : [];
}

/** Coefficient of variation of an engine's times in the rounds; null with fewer than two rounds. */
function roundVariation(rounds: readonly RoundRecord[], label: string): number | null {
  const times = rounds.flatMap((round) => roundTimeNs(round, label) ?? []);
  const deviation = times.length < 2 ? null : standardDeviation(times);
  return deviation === null ? null : deviation / mean(times);
}
