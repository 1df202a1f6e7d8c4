import type { GridDocument } from '@octet/protocol';
import { Table, Text } from '@mantine/core';
import { targetText } from '../../data/targets.js';
import { formatAccuracy, formatAge, recipeText } from '../../format.js';
import { usePrinting } from '../../parts/printing.js';
import { VerdictMark } from '../../parts/verdict-mark.js';
import { cellsOf, type GridView, type ViewCell } from './grid-view.js';

/** A dozen sheets; the CSV holds the rest. */
const most = 500;

interface Props {
  grid: GridDocument;
  view: GridView;
  now: number;
}

/** On paper only: the verdicts of the filter one below the other, however many device classes there are. */
export function PrintedVerdicts({ grid, view, now }: Props) {
  if (!usePrinting()) return null;
  const cells = cellsOf(view);
  return (
    <>
      <Table verticalSpacing={4} aria-label="Verdicts on paper">
        <Table.Thead>
          <Table.Tr>
            {['Model', 'Device class', 'Verdict', 'Speed-up', 'Accuracy', 'Measured'].map((name) => (
              <Table.Th scope="col" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {cells.slice(0, most).map((each) => (
            <PrintedRow key={`${each.cell.model} ${each.cell.target}`} {...each} grid={grid} now={now} />
          ))}
        </Table.Tbody>
      </Table>
      {cells.length > most && (
        <Text size="sm" className="quiet">
          The first {most} of {cells.length.toLocaleString()} verdicts. “Save as CSV” holds them all; a filter leaves
          fewer.
        </Text>
      )}
    </>
  );
}

function PrintedRow({ model, target, cell, grid, now }: ViewCell & Pick<Props, 'grid' | 'now'>) {
  const recipe = grid.recipes[cell.recipe] ?? null;
  return (
    <Table.Tr>
      <Table.Th scope="row">{model.name}</Table.Th>
      <Table.Td>
        {targetText(target)}
        {recipe !== null && <div className="quiet">{recipeText(recipe)}</div>}
      </Table.Td>
      <Table.Td>
        <VerdictMark verdict={cell.verdict} />
        {cell.speedup === null && cell.why !== null && <div>{grid.whys[cell.why]!.advice}</div>}
      </Table.Td>
      <Table.Td className="tabular">
        {cell.speedup === null
          ? '–'
          : `${cell.speedup[0].toFixed(2)}× [${cell.speedup[1].toFixed(2)}, ${cell.speedup[2].toFixed(2)}]`}
      </Table.Td>
      <Table.Td>
        {cell.accuracy === null ? '–' : formatAccuracy({ metric: cell.accuracy[0], value: cell.accuracy[1] })}
      </Table.Td>
      <Table.Td>{formatAge(cell.recordedAt, now)}</Table.Td>
    </Table.Tr>
  );
}
