import { expectedTime, type TrialSpec, type WaitingCell } from '@octet/domain';
import type { MatrixProgress, MatrixSummary, RefusedCell, TrialState } from '@octet/protocol';

export interface MatrixRow {
  id: string;
  name: string;
  priority: number;
  cancelled: boolean;
  refused: RefusedCell[];
  waiting: WaitingCell[];
  createdAt: Date;
}

/** Trials of one matrix on one device class, by state, with what is known of how long they take. */
export interface LaneCount {
  deviceClass: string;
  state: TrialState;
  count: number;
  /** Mean seconds of those that are done; null while there is none. */
  meanSeconds: number | null;
  /** Sum of the plans' seconds: what to expect before anything was measured. */
  plannedSeconds: number;
}

export function progressOf(matrix: MatrixRow, counts: readonly LaneCount[]): MatrixProgress {
  const of = (state: TrialState): number =>
    counts.filter((entry) => entry.state === state).reduce((sum, entry) => sum + entry.count, 0);
  return {
    total: counts.reduce((sum, entry) => sum + entry.count, 0),
    queued: of('queued'),
    assigned: of('assigned'),
    done: of('done'),
    failed: of('failed'),
    cancelled: of('cancelled'),
    refused: matrix.refused.length,
    waiting: matrix.waiting.length,
  };
}

/**
 * Seconds until the last open trial ends: on each class, open trials x mean seconds (the plan's before anything is done) / connected
 * slots; the slowest class counts. null if a class with open trials has no slot.
 */
export function secondsLeft(counts: readonly LaneCount[], slots: ReadonlyMap<string, number>): number | null {
  let longest = 0;
  for (const deviceClass of new Set(counts.map((entry) => entry.deviceClass))) {
    const ofClass = counts.filter((entry) => entry.deviceClass === deviceClass);
    const open = ofClass.filter((entry) => entry.state === 'queued' || entry.state === 'assigned');
    const count = open.reduce((sum, entry) => sum + entry.count, 0);
    if (count === 0) continue;
    const available = slots.get(deviceClass) ?? 0;
    if (available === 0) return null;
    const mean = ofClass.find((entry) => entry.state === 'done')?.meanSeconds ?? null;
    const seconds = mean === null ? open.reduce((sum, entry) => sum + entry.plannedSeconds, 0) : mean * count;
    longest = Math.max(longest, seconds / Math.min(available, count));
  }
  return Math.round(longest);
}

export function summaryOf(
  matrix: MatrixRow,
  counts: readonly LaneCount[],
  slots: ReadonlyMap<string, number>,
): MatrixSummary {
  const { id, name, priority } = matrix;
  const progress = progressOf(matrix, counts);
  return {
    id,
    name,
    state: stateOf(matrix, progress),
    priority,
    createdAt: matrix.createdAt.toISOString(),
    progress,
    expectedSecondsLeft: secondsLeft(counts, slots),
  };
}

function stateOf(matrix: MatrixRow, progress: MatrixProgress): MatrixSummary['state'] {
  if (matrix.cancelled) return 'cancelled';
  if (progress.queued + progress.assigned > 0) return 'running';
  return progress.waiting > 0 ? 'waiting' : 'ended';
}

/** Wall seconds of trials that are not stored, over the slots connected now. */
export function planSeconds(specs: readonly TrialSpec[], slots: ReadonlyMap<string, number>): number | null {
  const counts = specs.map((spec): LaneCount => {
    const plannedSeconds = expectedTime(spec).mostSeconds;
    return { deviceClass: spec.deviceClass, state: 'queued', count: 1, meanSeconds: null, plannedSeconds };
  });
  return secondsLeft(counts, slots);
}
