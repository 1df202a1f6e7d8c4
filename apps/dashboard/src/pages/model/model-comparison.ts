import type { StoredRow } from '@octet/protocol';
import { targetKey, type Target } from '../../data/targets.js';
import { fastestOf, type Fastest, type TargetAnswer } from './model-answer.js';

/** Two models (or versions of one) at one place: a device class and a batch. */
export interface PlaceComparison {
  target: Target;
  batch: number;
  own: StoredRow | null;
  other: StoredRow | null;
  /** Fastest accurate engine of each; null where nothing was measured. */
  ownFastest: Fastest | null;
  otherFastest: Fastest | null;
  /** Time of the other over time of this one, fastest engines: above 1 this one is faster. */
  ratio: number | null;
}

/** Every place where either was asked for; what was measured for both comes first. */
export function comparePlaces(own: readonly TargetAnswer[], other: readonly TargetAnswer[]): PlaceComparison[] {
  const targets = new Map([...own, ...other].map(({ target }) => [targetKey(target), target]));
  const places = [...targets.values()].flatMap((target) => {
    const [mine, theirs] = [own, other].map((answers) => answers.filter((each) => isAt(each, target)));
    const batches = new Set([...mine!, ...theirs!].flatMap(({ rows }) => rows.map((row) => row.batch)));
    return [...batches].sort((a, b) => a - b).map((batch) => placeOf(target, batch, mine!, theirs!));
  });
  return places.sort((a, b) => Number(a.ratio === null) - Number(b.ratio === null));
}

function isAt(answer: TargetAnswer, target: Target): boolean {
  return targetKey(answer.target) === targetKey(target);
}

function placeOf(
  target: Target,
  batch: number,
  own: readonly TargetAnswer[],
  other: readonly TargetAnswer[],
): PlaceComparison {
  const rowOf = (answers: readonly TargetAnswer[]) =>
    answers.flatMap(({ rows }) => rows).find((row) => row.batch === batch) ?? null;
  const [ownFastest, otherFastest] = [fastestOf(own, batch)[0] ?? null, fastestOf(other, batch)[0] ?? null];
  const ratio = ownFastest === null || otherFastest === null ? null : otherFastest.ns / ownFastest.ns;
  return { target, batch, own: rowOf(own), other: rowOf(other), ownFastest, otherFastest, ratio };
}
