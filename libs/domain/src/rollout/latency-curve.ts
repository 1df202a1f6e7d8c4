/** End-to-end time of one execution over batch sizes, for one variant on one device class. */
export interface LatencyPoint {
  batch: number;
  /** Median end-to-end time of one execution of the batch, ns. */
  timeNs: number;
  /** Measured times in their order, to draw from when serving is simulated, ns; null = always `timeNs`. */
  samplesNs: number[] | null;
  /**
   * Of each sample, whether the engine stood idle before it; null where that is not known, as in rounds, which run back to back.
   * Known for samples rehearsed in a serving process: they hold all that occupies the device for a launch.
   */
  afterIdle: boolean[] | null;
  /** 95 % interval of the median, ns; null where unknown. */
  interval: { lowNs: number; highNs: number } | null;
  /** Device memory of this engine, bytes; null where unknown. */
  memoryBytes: number | null;
  buildNs: number | null;
  /** True when nobody measured this batch: it lies on the line between its measured neighbours. */
  interpolated: boolean;
}

export interface LatencyCurve {
  variant: string;
  /** Ascending batch sizes, each once. */
  points: LatencyPoint[];
}

/** A bare measured point. */
export function measuredPoint(batch: number, timeNs: number): LatencyPoint {
  return {
    batch,
    timeNs,
    samplesNs: null,
    afterIdle: null,
    interval: null,
    memoryBytes: null,
    buildNs: null,
    interpolated: false,
  };
}

/**
 * The point of a batch: measured, or interpolated linearly between measured neighbours (and marked so). null outside the
 * measured range: nothing is extrapolated.
 */
export function pointAt(curve: LatencyCurve, batch: number): LatencyPoint | null {
  const exact = curve.points.find((point) => point.batch === batch);
  if (exact !== undefined) return exact;
  const below = curve.points.filter((point) => point.batch < batch).at(-1);
  const above = curve.points.find((point) => point.batch > batch);
  if (below === undefined || above === undefined) return null;
  const share = (batch - below.batch) / (above.batch - below.batch);
  const memoryBytes =
    below.memoryBytes === null || above.memoryBytes === null ? null : Math.max(below.memoryBytes, above.memoryBytes);
  return {
    ...measuredPoint(batch, Math.round(below.timeNs + share * (above.timeNs - below.timeNs))),
    memoryBytes,
    interpolated: true,
  };
}

/** The points of the wanted batch sizes; sizes outside the measured range are answered in `missing`. */
export function selectEngines(
  curve: LatencyCurve,
  batches: readonly number[],
): { points: LatencyPoint[]; missing: number[] } {
  const points: LatencyPoint[] = [];
  const missing: number[] = [];
  for (const batch of [...new Set(batches)].sort((a, b) => a - b)) {
    const point = pointAt(curve, batch);
    if (point === null) missing.push(batch);
    else points.push(point);
  }
  return { points, missing };
}

/** Requests per second of one engine that runs back to back. Mean, not median: a queue has to work off the slow launches too. */
export function enginePerS(point: LatencyPoint): number {
  const known = rates.get(point) ?? rateOf(point);
  rates.set(point, known);
  return known;
}

/** Asked for at every simulation of a search. */
const rates = new WeakMap<LatencyPoint, number>();

function rateOf({ batch, timeNs, samplesNs, afterIdle }: LatencyPoint): number {
  const busy = samplesNs?.filter((_, index) => afterIdle?.[index] !== true) ?? [];
  const samples = busy.length > 0 ? busy : (samplesNs ?? []);
  if (samples.length === 0) return (batch / timeNs) * 1e9;
  return (batch * 1e9 * samples.length) / samples.reduce((sum, sample) => sum + sample, 0);
}
