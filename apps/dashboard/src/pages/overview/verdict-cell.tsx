import type { GridCell, GridDocument } from '@octet/protocol';
import { memo } from 'react';
import { formatAccuracy, formatAge } from '../../format.js';
import { VerdictMark } from '../../parts/verdict-mark.js';

interface Props {
  column: number;
  left: number;
  width: number;
  cell: GridCell | null;
  grid: GridDocument;
  now: number;
  /** `ocr-rec on NVIDIA A10`: what a screen reader hears before the verdict. */
  name: string;
}

/** One cell of the grid. Plain elements only: a scroll draws dozens of these in a frame. */
export const VerdictCell = memo(function VerdictCell({ column, left, width, cell, grid, now, name }: Props) {
  return (
    <div role="cell" aria-colindex={column + 2} className="grid-cell" style={{ left, width }}>
      {cell === null ? (
        <span className="quiet">not asked for</span>
      ) : cell.trialId === null ? (
        <Verdict cell={cell} grid={grid} now={now} />
      ) : (
        <a href={`/trials/${cell.trialId}`}>
          <span className="unseen">{name}: </span>
          <Verdict cell={cell} grid={grid} now={now} />
        </a>
      )}
    </div>
  );
});

function Verdict({ cell, grid, now }: { cell: GridCell; grid: GridDocument; now: number }) {
  const why = cell.why === null ? null : grid.whys[cell.why]!.advice;
  return (
    <>
      <VerdictMark verdict={cell.verdict} />
      {cell.speedup === null ? (
        <div className="quiet clip-2" title={why ?? ''}>
          {why}
        </div>
      ) : (
        <>
          <div className="tabular">
            <span className="grid-factor">{cell.speedup[0].toFixed(2)}×</span>{' '}
            <span className="quiet">
              {cell.speedup[1].toFixed(2)}–{cell.speedup[2].toFixed(2)}
            </span>
          </div>
          <div className="quiet clip">
            {cell.accuracy === null
              ? 'accuracy unknown'
              : formatAccuracy({ metric: cell.accuracy[0], value: cell.accuracy[1] })}
          </div>
        </>
      )}
      <div className="quiet clip">{formatAge(cell.recordedAt, now)}</div>
    </>
  );
}
