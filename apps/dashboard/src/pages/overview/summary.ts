import type { Verdict } from '@octet/domain';
import type { GridView } from './grid-view.js';
import { targetText } from '../../data/targets.js';

/** One device class in a sentence: where it runs, and how its models divide. */
export interface TargetSummary {
  where: string;
  says: string;
  worthIt: number;
}

/** `INT8 is worth it for 7 of 12 models; fp16 is enough for 4; ...`, one for each column of the grid. */
export function summaries(view: GridView): TargetSummary[] {
  return view.targets.map((target, column) => {
    const counts = new Map<Verdict, number>();
    const enough = new Map<string, number>();
    for (let row = 0; row < view.models.length; row++) {
      const cell = view.cell(row, column);
      if (cell === null) continue;
      counts.set(cell.verdict, (counts.get(cell.verdict) ?? 0) + 1);
      if (cell.verdict === 'not-worth-it') {
        const name = cell.floatVariant ?? 'float';
        enough.set(name, (enough.get(name) ?? 0) + 1);
      }
    }
    return {
      where: targetText(target),
      says: sentence(counts, enough),
      worthIt: counts.get('worth-it') ?? 0,
    };
  });
}

function sentence(counts: ReadonlyMap<Verdict, number>, enough: ReadonlyMap<string, number>): string {
  const of = (verdict: Verdict) => counts.get(verdict) ?? 0;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [`INT8 is worth it for ${of('worth-it')} of ${total} ${total === 1 ? 'model' : 'models'}`];
  for (const [variant, count] of enough) parts.push(`${variant.toUpperCase()} is enough for ${count}`);
  const rest: [Verdict, (count: number) => string][] = [
    ['slower', (count) => `INT8 is slower for ${count}`],
    ['accuracy-fails', (count) => `it costs ${count} too much accuracy`],
    ['undecided', (count) => `${count} ${count === 1 ? 'is' : 'are'} undecided`],
    ['unstable', (count) => `${count} ${count === 1 ? 'was' : 'were'} too unsteady to say`],
    ['unsupported', (count) => `${count} can not run`],
    ['not-measured', (count) => `${count} ${count === 1 ? 'is' : 'are'} not measured`],
  ];
  for (const [verdict, text] of rest) if (of(verdict) > 0) parts.push(text(of(verdict)));
  return `${parts.join('; ')}.`;
}
