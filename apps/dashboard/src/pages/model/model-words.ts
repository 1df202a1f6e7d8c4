import type { Verdict } from '@octet/domain';
import type { StoredRow } from '@octet/protocol';
import { formatFactor } from '../../format.js';
import type { TargetAnswer } from './model-answer.js';

/** From best to worst: what a reader wants to hear first. */
const phrases: Record<Verdict, string> = {
  'worth-it': 'worth it',
  'not-worth-it': 'not worth it',
  undecided: 'undecided',
  'accuracy-fails': 'outside the accuracy budget',
  slower: 'slower than float',
  unstable: 'too unsteady to say',
  'not-measured': 'not measured',
  unsupported: 'can not run',
};

/** The answer of one device class in a sentence, and what to try where it is no plain yes. */
export function answerInWords({ rows }: TargetAnswer): { says: string; advice: string | null } {
  const parts = (Object.keys(phrases) as Verdict[]).flatMap((verdict) => {
    const of = rows.filter((row) => row.verdict === verdict);
    return of.length === 0 ? [] : [`${phrases[verdict]} at batch ${listOf(of.map((row) => row.batch))}${rangeOf(of)}`];
  });
  const open = rows.find((row) => row.verdict !== 'worth-it') ?? null;
  return { says: `${capital(parts.join('; '))}.`, advice: open === null ? null : adviceOf(open) };
}

/** `1`, `1 and 4`, `1, 4 and 16` */
export function listOf(values: readonly number[]): string {
  if (values.length < 2) return values.join('');
  return `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}

function rangeOf(rows: readonly StoredRow[]): string {
  const medians = rows.flatMap((row) => (row.speedup === null ? [] : [row.speedup.median]));
  if (medians.length === 0) return '';
  const [low, high] = [Math.min(...medians), Math.max(...medians)].map(formatFactor);
  return low === high ? ` (${low})` : ` (${low} to ${high})`;
}

/** What speaks for the verdict itself, else the gravest reason: they come first. */
function adviceOf(row: StoredRow): string | null {
  const own = row.reasons.find(({ id }) => id === row.verdict)?.advice;
  return own ?? row.reasons.find(({ severity }) => severity !== 'info')?.advice ?? row.reasons[0]?.advice ?? null;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
