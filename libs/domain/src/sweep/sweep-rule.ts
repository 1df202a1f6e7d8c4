/** A measured cell of a sweep's grid. */
export interface SweepPoint {
  /** Weights of the stack. */
  weights: number;
  /** Input size as the sweep's axis has it: side of the square (convolution), rows (dense). */
  size: number;
  /** Median speed-up and its interval; null bounds where only one number is known. */
  speedup: number;
  low: number | null;
  high: number | null;
}

/** How often one half of the rule held between neighbours of the grid. */
export interface RuleCount {
  holds: number;
  contradicted: number;
  /** The two neighbours differ by less than their intervals (or the noise floor) can tell apart. */
  notTold: number;
}

export interface RuleReport {
  /** "Bigger weights, bigger speed-up", between neighbours of the same input size. */
  weights: RuleCount;
  /** "Bigger input, smaller gain", between neighbours of the same weights. */
  input: RuleCount;
  /** The same for each step of the grid, for the page. */
  steps: RuleStep[];
}

export interface RuleStep {
  axis: 'weights' | 'input';
  from: SweepPoint;
  to: SweepPoint;
  outcome: keyof RuleCount;
}

/**
 * Tests the lecture's rule of thumb on a grid, step by step: each pair of neighbours along an axis either follows it,
 * contradicts it, or differs too little. Two cells are told apart if their intervals do not overlap; without intervals if
 * they differ by more than twice the relative `noiseFloor`.
 */
export function ruleReport(points: readonly SweepPoint[], noiseFloor: number): RuleReport {
  const steps = [
    ...neighbours(points, 'size', 'weights').map(([from, to]) => step('weights', from, to, noiseFloor)),
    ...neighbours(points, 'weights', 'size').map(([from, to]) => step('input', from, to, noiseFloor)),
  ];
  return { weights: count(steps, 'weights'), input: count(steps, 'input'), steps };
}

function neighbours(
  points: readonly SweepPoint[],
  fixed: 'weights' | 'size',
  moving: 'weights' | 'size',
): [SweepPoint, SweepPoint][] {
  const groups = [...new Set(points.map((point) => point[fixed]))].sort((a, b) => a - b);
  return groups.flatMap((value) => {
    const line = points.filter((point) => point[fixed] === value).sort((a, b) => a[moving] - b[moving]);
    return line.slice(1).map((to, i): [SweepPoint, SweepPoint] => [line[i] as SweepPoint, to]);
  });
}

function step(axis: RuleStep['axis'], from: SweepPoint, to: SweepPoint, noiseFloor: number): RuleStep {
  const change = difference(from, to, noiseFloor);
  const expected = axis === 'weights' ? 1 : -1;
  return { axis, from, to, outcome: change === 0 ? 'notTold' : change === expected ? 'holds' : 'contradicted' };
}

/** 1 if `to` is surely faster than `from`, -1 if surely slower, 0 if they can't be told apart. */
function difference(from: SweepPoint, to: SweepPoint, noiseFloor: number): -1 | 0 | 1 {
  const [a, b] = [bounds(from, noiseFloor), bounds(to, noiseFloor)];
  if (b.low > a.high) return 1;
  return b.high < a.low ? -1 : 0;
}

function bounds({ speedup, low, high }: SweepPoint, noiseFloor: number): { low: number; high: number } {
  if (low !== null && high !== null) return { low, high };
  return { low: speedup * (1 - noiseFloor), high: speedup * (1 + noiseFloor) };
}

function count(steps: readonly RuleStep[], axis: RuleStep['axis']): RuleCount {
  const of = (outcome: keyof RuleCount): number =>
    steps.filter((each) => each.axis === axis && each.outcome === outcome).length;
  return { holds: of('holds'), contradicted: of('contradicted'), notTold: of('notTold') };
}
