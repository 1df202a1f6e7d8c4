import type { ResultRow } from '@octet/domain';
import { formatFactor, formatNs } from '../../format.js';

/** The verdict in plain words, for a reader who knows no terms. */
export function answerOf(row: ResultRow, threshold: number): string {
  const float = (row.floatVariant ?? 'float').toUpperCase();
  const factor = formatFactor(row.speedup?.median);
  const first = row.reasons[0]?.advice;
  if (row.speedup === null && row.verdict !== 'unsupported' && row.verdict !== 'not-measured')
    return `${withoutInterval[row.verdict]}${medians(row, float)} ${first ?? ''}`;
  switch (row.verdict) {
    case 'worth-it':
      return `Yes. INT8 runs ${factor} as fast as ${float}, the fastest float engine here${saving(row)}.`;
    case 'not-worth-it':
      return `No. INT8 runs ${factor} as fast as ${float}: less than the ${percent(threshold)} that were asked for. ${float} is enough.`;
    case 'slower':
      return `No. INT8 is slower: ${factor} the speed of ${float}${loss(row)}.`;
    case 'accuracy-fails':
      return `No. INT8 runs ${factor} as fast as ${float}, but its accuracy is outside the budget.`;
    case 'undecided':
      return `Not clear yet. INT8 runs ${factor} as fast as ${float}, but the interval reaches over the threshold of ${threshold}: measure for longer.`;
    case 'unstable':
      return `No answer. The times were too unsteady to trust: ${factor} of ${float}'s speed at the median.`;
    case 'unsupported':
      return `It can not run here. ${first ?? ''}`;
    case 'not-measured':
      return `Not measured. ${first ?? ''}`;
  }
}

/** What a verdict says where there were too few rounds for an interval. */
const withoutInterval: Record<Exclude<ResultRow['verdict'], 'unsupported' | 'not-measured'>, string> = {
  'worth-it': 'Yes.',
  'not-worth-it': 'No.',
  slower: 'No, INT8 is slower.',
  'accuracy-fails': 'No, its accuracy is outside the budget.',
  undecided: 'Not clear yet.',
  unstable: 'No answer.',
};

function medians({ times }: ResultRow, float: string): string {
  if (times === null) return '';
  return ` By its medians INT8 runs ${formatFactor(times.tFloatNs / times.int8EndToEndNs)} as fast as ${float}.`;
}

function saving(row: ResultRow): string {
  return row.gainNs === null || row.gainNs <= 0 ? '' : `, and saves ${formatNs(row.gainNs)} of every execution`;
}

function loss(row: ResultRow): string {
  return row.gainNs === null || row.gainNs >= 0 ? '' : `; each execution takes ${formatNs(-row.gainNs)} longer`;
}

function percent(threshold: number): string {
  return `${Math.round((threshold - 1) * 100)} %`;
}
