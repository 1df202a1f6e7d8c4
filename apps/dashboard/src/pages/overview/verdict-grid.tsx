import type { GridDocument } from '@octet/protocol';
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, type MouseEvent } from 'react';
import { useLocation } from 'wouter';
import { targetText, type Target } from '../../data/targets.js';
import { classDetail } from '../../format.js';
import type { GridView } from './grid-view.js';
import { VerdictCell } from './verdict-cell.js';

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
  const [, go] = useLocation();
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
      className="grid no-print"
      role="table"
      aria-label="Verdicts: a row for each model, a column for each device class and runtime"
      aria-rowcount={view.models.length + 1}
      aria-colcount={view.targets.length + 1}
      tabIndex={0}
      onClick={(event) => followLink(event, go)}
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

/**
 * One listener for all links of the grid: a router's link in each cell takes longer to draw than all else in it. Presses that ask
 * for a new tab or window stay the browser's.
 */
function followLink(event: MouseEvent, go: (path: string) => void): void {
  const path = (event.target as Element).closest('a')?.getAttribute('href') ?? null;
  if (path === null || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(path);
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
        <a href={`/models/${model.sha256}`} className="clip-2" title={model.name}>
          {model.name}
        </a>
      </div>
      {columns.map((column) => (
        <VerdictCell
          key={column}
          column={column}
          left={modelWidth + column * cellWidth}
          width={cellWidth}
          cell={view.cell(index, column)}
          grid={grid}
          now={now}
          name={`${model.name} on ${view.targets[column]!.deviceName}`}
        />
      ))}
    </div>
  );
});

interface ColumnHeadProps {
  target: Target;
  index: number;
  left: number;
  width: number;
}

const ColumnHead = memo(function ColumnHead({ target, index, left, width }: ColumnHeadProps) {
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
});
