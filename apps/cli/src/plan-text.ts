import { recipeLabel } from '@octet/domain';
import type { PlanDocument } from '@octet/protocol';
import { textTable } from './table.js';
import { recipeText } from './verdict-table.js';

/** A plan for people: trials, what is answered without measuring and why, what waits, and the time. */
export function planText(plan: PlanDocument): string {
  return [trialsText(plan), refusedText(plan), waitingText(plan), timeText(plan)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function trialsText({ trials }: PlanDocument): string {
  if (trials.length === 0) return 'No trial can be measured.';
  const rows = trials.map(({ spec, expectedSeconds }) => [
    spec.model.name,
    String(spec.batch),
    spec.deviceClass,
    spec.runtime,
    spec.floats.join(' '),
    spec.recipes.map(recipeLabel).join(' '),
    `${Math.round(expectedSeconds)}`,
  ]);
  return textTable(['model', 'batch', 'device class', 'runtime', 'floats', 'recipes', 'at most s'], rows);
}

type RefusedCell = PlanDocument['refused'][number];

/** Cells with the same reason stand in one line: batches and variants are listed. */
function refusedText({ refused }: PlanDocument): string {
  if (refused.length === 0) return '';
  const groups = new Map<string, RefusedCell[]>();
  for (const cell of refused) {
    const key = JSON.stringify([cell.model.name, cell.deviceClass, cell.runtime, cell.verdict, cell.refusal.message]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const header = ['model', 'batch', 'device class', 'runtime', 'variant', 'verdict', 'why'];
  return `Answered without measuring:\n${textTable(header, [...groups.values()].map(refusedCells))}`;
}

function refusedCells(cells: readonly RefusedCell[]): string[] {
  const [first] = cells;
  if (first === undefined) return [];
  const { model, deviceClass, runtime, verdict, refusal } = first;
  const each = (text: (cell: RefusedCell) => string): string => [...new Set(cells.map(text))].join(', ');
  const variants = each((cell) => (cell.recipe === null ? cell.variant : recipeText(cell)));
  return [model.name, each((cell) => String(cell.batch)), deviceClass, runtime, variants, verdict, refusal.message];
}

function waitingText({ waiting }: PlanDocument): string {
  return waiting
    .map((cell) => `waiting: ${cell.selector}${cell.runtime === null ? '' : ` (${cell.runtime})`}: ${cell.why}`)
    .join('\n');
}

function timeText({ trials, expectedSeconds }: PlanDocument): string {
  if (trials.length === 0) return '';
  const count = `${trials.length} trial${trials.length === 1 ? '' : 's'}`;
  const builds = 'Building and calibrating come on top; a verdict that is clear early takes less.';
  if (expectedSeconds === null) return `${count}; not all device classes have a slot connected now. ${builds}`;
  return `${count}, at most ${duration(expectedSeconds)} of measuring. ${builds}`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
