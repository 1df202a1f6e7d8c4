import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  breakEvenFit,
  defaultNoiseFloor,
  ruleReport,
  sweepCells,
  sweepPoints,
  type BreakEvenFit,
  type MeasuredSweep,
  type ResultRow,
  type RuleReport,
  type SweepCell,
  type SweepCellResult,
  type SweepDefinition,
} from '@octet/domain';
import { saveModel } from '@octet/onnx';
import { benchHere, type LocalBenchHooks } from './local-bench.js';
import { sweepModel } from './sweep-model.js';
import type { TrialOptions } from './trial-options.js';

/** A sweep as `--json` gives it: the grid and what it says about the lecture's rule. */
export interface SweepResult extends Omit<MeasuredSweep, 'device' | 'runtime'> {
  device: MeasuredSweep['device'] | null;
  runtime: MeasuredSweep['runtime'] | null;
  rule: RuleReport;
  /** Null where too few cells were measured. */
  fit: BreakEvenFit | null;
}

export interface SweepHooks {
  onCell: (cell: SweepCell, index: number, total: number) => void;
  onProgress: LocalBenchHooks['onProgress'];
  signal: AbortSignal;
}

/** Generates each model of the grid, measures it as `octet bench` does, and tests the rule on what came out. */
export async function sweepHere(
  definition: SweepDefinition,
  options: TrialOptions,
  hooks: SweepHooks,
): Promise<SweepResult> {
  const cells = sweepCells(definition);
  const measuredAt = new Date().toISOString();
  const results: SweepCellResult[] = [];
  let described: ResultRow | null = null;
  for (const [index, cell] of cells.entries()) {
    hooks.onCell(cell, index, cells.length);
    const row = await measureCell(cell, options, hooks);
    described ??= row;
    results.push(cellResult(cell, row));
    if (hooks.signal.aborted) break;
  }
  const { device = null, runtime = null } = described ?? {};
  return sweepResult({ definition, seed: options.seed, measuredAt, device, runtime, cells: results });
}

/** A grid with what it says. */
export function sweepResult(measured: Omit<SweepResult, 'rule' | 'fit'>): SweepResult {
  const points = sweepPoints(measured.cells);
  return { ...measured, rule: ruleReport(points, defaultNoiseFloor), fit: breakEvenFit(points) };
}

async function measureCell(cell: SweepCell, options: TrialOptions, hooks: SweepHooks): Promise<ResultRow | null> {
  const folder = mkdtempSync(join(tmpdir(), 'octet-sweep-'));
  try {
    const path = join(folder, `${cell.name}.onnx`);
    await saveModel(sweepModel(cell, options.seed), path);
    const batches = [cell.inputShape[0] as number];
    const { rows } = await benchHere(path, { ...options, batches }, { ...hooks, onTrial: () => undefined });
    return rows[0] ?? null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cellResult(cell: SweepCell, row: ResultRow | null): SweepCellResult {
  return {
    cell,
    floatVariant: row?.floatVariant ?? null,
    tFloatNs: row?.times?.tFloatNs ?? null,
    int8EndToEndNs: row?.times?.int8EndToEndNs ?? null,
    speedup: row?.speedup ?? null,
    rounds: row?.rounds ?? 0,
    verdict: row?.verdict ?? 'not-measured',
    reasons: row?.reasons.map(({ id }) => id) ?? [],
  };
}
