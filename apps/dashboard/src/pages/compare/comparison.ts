import { energyOfReasons, studentQuantile, type ResultRow } from '@octet/domain';
import { missesBudget } from '../../data/accuracy.js';
import { targetKey, targetOfRow, type Target } from '../../data/targets.js';

/** What each device class needs for one execution, by engine: `int8` and the float variants. */
export interface Measured {
  model: string;
  target: Target;
  ns: Record<string, number>;
  /** Energy of one execution, mJ, whole device; left out where it was not measured. */
  millijoules: { float?: number; int8?: number };
}

/** A geometric mean over models, with its 95 % interval where three or more models allow one. */
export interface MeanRatio {
  mean: number;
  low: number | null;
  high: number | null;
  models: number;
}

export interface TargetComparison {
  target: Target;
  /** How many times as fast as the first device class, by engine; null where no model was measured on both. */
  relative: Record<string, MeanRatio | null>;
  /** Fastest float / INT8 on this device class. */
  gain: MeanRatio | null;
  /** Energy of one inference, mJ: geometric means over the models that it was measured for. */
  energy: { float: MeanRatio | null; int8: MeanRatio | null };
  /** Mean price of a million inferences with the fastest engine; null without a price. */
  costPerMillion: number | null;
}

export const engines = ['fp32', 'fp16', 'int8'] as const;

/** The fastest accurate INT8 engine and every float of each model and target at one batch. Later rows are newer and win. */
export function measuredOf(rows: readonly ResultRow[], batch: number): Measured[] {
  const newest = new Map<string, ResultRow>();
  for (const row of rows)
    if (row.batch === batch && (row.times !== null || Object.keys(row.floats).length > 0))
      newest.set(JSON.stringify([row.model.sha256, targetKey(targetOfRow(row)), row.recipe]), row);
  const found = new Map<string, Measured>();
  for (const row of newest.values()) {
    const target = targetOfRow(row);
    const key = `${row.model.sha256} ${targetKey(target)}`;
    const entry = found.get(key) ?? { model: row.model.sha256, target, ns: {}, millijoules: {} };
    found.set(key, entry);
    Object.assign(entry.ns, row.floats);
    const energy = energyOfReasons(row.reasons);
    if (energy !== null) entry.millijoules.float = energy.floatMillijoules;
    const int8 = missesBudget(row) ? undefined : row.times?.int8EndToEndNs;
    if (int8 === undefined || int8 >= (entry.ns['int8'] ?? Number.POSITIVE_INFINITY)) continue;
    entry.ns['int8'] = int8;
    delete entry.millijoules.int8;
    if (energy !== null) entry.millijoules.int8 = energy.int8Millijoules;
  }
  return [...found.values()];
}

/**
 * Speed relative to the first target: geometric means over the models measured on both (Fleming and Wallace, "How not to lie with
 * statistics", 1986). `prices` are for one hour, by target key.
 */
export function compareTargets(
  measured: readonly Measured[],
  targets: readonly Target[],
  batch: number,
  prices: ReadonlyMap<string, number>,
): TargetComparison[] {
  const base = targets[0];
  if (base === undefined) return [];
  const of = (target: Target) =>
    new Map(
      measured.filter((entry) => targetKey(entry.target) === targetKey(target)).map((entry) => [entry.model, entry]),
    );
  const reference = of(base);
  return targets.map((target) => {
    const own = of(target);
    const relative = Object.fromEntries(
      engines.map((engine) => [
        engine,
        meanRatio([...own].map(([model, { ns }]) => quotient(reference.get(model)?.ns[engine], ns[engine]))),
      ]),
    );
    const times = [...own.values()].map(({ ns }) => ns);
    const gain = meanRatio(times.map((ns) => quotient(fastestFloat(ns), ns['int8'])));
    const energyOf = (engine: 'float' | 'int8') =>
      meanRatio([...own.values()].map(({ millijoules }) => quotient(millijoules[engine], batch)));
    const price = prices.get(targetKey(target));
    return {
      target,
      relative,
      gain,
      energy: { float: energyOf('float'), int8: energyOf('int8') },
      costPerMillion: price === undefined ? null : costOf(times, batch, price),
    };
  });
}

function fastestFloat(ns: Record<string, number>): number | undefined {
  const floats = Object.entries(ns).flatMap(([engine, time]) => (engine === 'int8' ? [] : [time]));
  return floats.length === 0 ? undefined : Math.min(...floats);
}

function quotient(above: number | undefined, below: number | undefined): number | null {
  return above === undefined || below === undefined || below <= 0 ? null : above / below;
}

export function meanRatio(ratios: readonly (number | null)[]): MeanRatio | null {
  const logs = ratios.flatMap((ratio) => (ratio === null ? [] : [Math.log(ratio)]));
  const count = logs.length;
  if (count === 0) return null;
  const mean = logs.reduce((sum, log) => sum + log, 0) / count;
  if (count < 3) return { mean: Math.exp(mean), low: null, high: null, models: count };
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (count - 1);
  const half = studentQuantile(0.975, count - 1) * Math.sqrt(variance / count);
  return { mean: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half), models: count };
}

/** Price of a million inferences one after the other, geometric mean over models. */
function costOf(times: readonly Record<string, number>[], batch: number, pricePerHour: number): number | null {
  const costs = times.flatMap((ns) => {
    const fastest = Math.min(...Object.values(ns));
    return Number.isFinite(fastest) ? [((fastest / batch / 1e9) * 1e6 * pricePerHour) / 3600] : [];
  });
  return meanRatio(costs)?.mean ?? null;
}
