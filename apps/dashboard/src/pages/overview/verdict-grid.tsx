import type { GridCell, GridDocument } from '@octet/protocol';
import { Anchor } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { targetText, type Target } from '../../data/targets.js';
import { classDetail, formatAccuracy, formatAge } from '../../format.js';
import { VerdictMark } from '../../parts/verdict-mark.js';
import type { GridView } from './grid-view.js';

const rowHeight = 96;
const headHeight = 72;

interface Props {
  grid: GridDocument;
  view: GridView;
  now: number;
}

/** Models x device classes. Only the cells in sight are on the page: 10,000 scroll like ten. */
export function VerdictGrid({ grid, view, now }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const phone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false }) ?? false;
  const modelWidth = phone ? 128 : 220;
  const cellWidth = phone ? 168 : 196;
  const rows = useVirtualizer({
    count: view.models.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 3,
    useFlushSync: false,
    scrollMargin: headHeight,
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: view.targets.length,
    getScrollElement: () => box.current,
    estimateSize: () => cellWidth,
    overscan: 1,
    useFlushSync: false,
    scrollMargin: modelWidth,
  });
  useEffect(() => columns.measure(), [columns, cellWidth]);
  const width = modelWidth + view.targets.length * cellWidth;
  const height = headHeight + view.models.length * rowHeight;
  const shown = columns.getVirtualItems();
  return (
    <div
      ref={box}
      className="grid"
      role="table"
      aria-label="Verdicts: a row for each model, a column for each device class and runtime"
      aria-rowcount={view.models.length + 1}
      aria-colcount={view.targets.length + 1}
      tabIndex={0}
      style={{ height: height + 18, width: `min(100%, ${width + 2}px)` }}
    >
      <div role="rowgroup" className="grid-head" style={{ width, height: headHeight }}>
        <div role="row" aria-rowindex={1} style={{ height: '100%', position: 'relative' }}>
          <div role="columnheader" aria-colindex={1} className="grid-model" style={{ width: modelWidth }}>
            Model
          </div>
          {shown.map((column) => (
            <ColumnHead
              key={column.key}
              index={column.index}
              left={modelWidth + column.index * cellWidth}
              width={cellWidth}
              target={view.targets[column.index]!}
            />
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ position: 'relative', width, height: height - headHeight }}>
        {rows.getVirtualItems().map((row) => (
          <Row
            key={row.key}
            index={row.index}
            from={shown[0]?.index ?? 0}
            to={shown.at(-1)?.index ?? -1}
            width={width}
            modelWidth={modelWidth}
            cellWidth={cellWidth}
            grid={grid}
            view={view}
            now={now}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps extends Props {
  index: number;
  /** Columns in sight, both ends included. */
  from: number;
  to: number;
  width: number;
  modelWidth: number;
  cellWidth: number;
}

/** Drawn anew only when other columns come into sight: scrolling down moves rows, it does not change them. */
const Row = memo(function Row({ index, from, to, width, modelWidth, cellWidth, grid, view, now }: RowProps) {
  const model = view.models[index]!;
  const columns = Array.from({ length: to - from + 1 }, (_, place) => from + place);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="grid-row"
      style={{ top: index * rowHeight, height: rowHeight, width }}
    >
      <div role="rowheader" aria-colindex={1} className="grid-model" style={{ width: modelWidth }}>
        <Anchor component={Link} href={`/models/${model.sha256}`} className="clip-2" fw={600} underline="hover">
          {model.name}
        </Anchor>
      </div>
      {columns.map((column) => (
        <div
          role="cell"
          aria-colindex={column + 2}
          key={column}
          className="grid-cell"
          style={{ left: modelWidth + column * cellWidth, width: cellWidth }}
        >
          <Cell
            cell={view.cell(index, column)}
            grid={grid}
            now={now}
            name={`${model.name} on ${view.targets[column]!.deviceName}`}
          />
        </div>
      ))}
    </div>
  );
});

function ColumnHead({ target, index, left, width }: { target: Target; index: number; left: number; width: number }) {
  return (
    <div
      role="columnheader"
      aria-colindex={index + 2}
      className="grid-cell"
      style={{ left, width }}
      title={`${targetText(target)} (${target.deviceClass})`}
    >
      <div className="clip" style={{ fontWeight: 700 }}>
        {target.deviceName}
      </div>
      <div className="clip quiet">
        {target.architecture}, {classDetail(target.deviceClass)}
      </div>
      <div className="clip quiet">
        {target.runtime} {target.version}
      </div>
    </div>
  );
}

const Cell = memo(function Cell(props: { cell: GridCell | null; grid: GridDocument; now: number; name: string }) {
  const { cell, grid, now, name } = props;
  if (cell === null) return <span className="quiet">not asked for</span>;
  const why = cell.why === null ? null : grid.whys[cell.why]!.advice;
  const content = (
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
  if (cell.trialId === null) return content;
  return (
    <Link href={`/trials/${cell.trialId}`}>
      <span className="unseen">{name}: </span>
      {content}
    </Link>
  );
});
