import type { Verdict } from '@octet/domain';
import { usePrinting } from './printing.js';

export interface VerdictMeaning {
  sign: string;
  says: string;
}

/** A sign and words stand beside each colour, so that colour is never alone. Colours are in verdict-mark.css. */
export const verdictMeanings: Record<Verdict, VerdictMeaning> = {
  'worth-it': { sign: '▲', says: 'INT8 is faster by at least the threshold, and accurate enough' },
  'not-worth-it': { sign: '■', says: 'INT8 gains less than the threshold: stay with the float engine' },
  slower: { sign: '▼', says: 'INT8 is slower than the fastest float engine' },
  'accuracy-fails': { sign: '✕', says: 'INT8 loses more accuracy than the budget allows' },
  undecided: { sign: '?', says: 'time ran out before the interval was clear of the threshold' },
  unstable: { sign: '≈', says: 'the measurement was too unsteady for an answer' },
  unsupported: { sign: '∅', says: 'this device, runtime or model can not run it' },
  'not-measured': { sign: '…', says: 'not measured (yet): waiting, cancelled or failed' },
};

export const verdicts = Object.keys(verdictMeanings) as Verdict[];

export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const { sign, says } = verdictMeanings[verdict];
  return (
    <span className={`mark mark-${verdict}`} title={says}>
      <span aria-hidden="true">{sign}</span> {verdict}
    </span>
  );
}

/** What each sign means; open on paper, where nobody can press it. */
export function VerdictLegend() {
  return (
    <details className="legend" open={usePrinting()}>
      <summary>What the verdicts mean</summary>
      <dl>
        {verdicts.map((verdict) => (
          <div key={verdict}>
            <dt>
              <VerdictMark verdict={verdict} />
            </dt>
            <dd>{verdictMeanings[verdict].says}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
