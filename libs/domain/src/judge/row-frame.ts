import { deviceClassOf, type Device } from '../device.js';
import type { Recipe } from '../recipe.js';
import type { Reason, ResultRow, Verdict } from '../result-row.js';
import type { Refusal } from '../trial.js';

/** What names a row, whether or not anything was measured. */
export interface RowSubject {
  model: { name: string; sha256: string };
  device: ResultRow['device'];
  runtime: { name: string; version: string | null };
  batch: number;
  shapes: Record<string, number[]>;
}

/** A device as a row shows it. `threads` is what its engines really used (it is part of a CPU's class). */
export function rowDevice(device: Device, threads: number | null = null): ResultRow['device'] {
  const used = device.kind === 'cpu' && threads !== null ? { ...device, threads } : device;
  return { class: deviceClassOf(used), name: device.name, architecture: device.architecture };
}

/** The recipe as it stands in the matrix. */
export function recipeDocument(recipe: Recipe | null): Record<string, unknown> | null {
  return recipe === null ? null : { ...recipe };
}

/** A row without measurement: every key is there, and what was not measured is null. */
export function emptyRow(subject: RowSubject, recipe: Recipe | null, verdict: Verdict, reasons: Reason[]): ResultRow {
  const { model, device, runtime, batch, shapes } = subject;
  return {
    model: { name: model.name, sha256: model.sha256 },
    device,
    runtime,
    batch,
    shapes,
    recipe: recipeDocument(recipe),
    floatVariant: null,
    floats: {},
    times: null,
    gainNs: null,
    speedup: null,
    rounds: 0,
    accuracy: null,
    verdict,
    reasons,
  };
}

/** A refusal as a reason: its message already says what to do. */
export function refusalReason(
  refusal: Refusal,
  severity: Reason['severity'] = 'warning',
  evidence: Record<string, unknown> = {},
): Reason {
  return { id: refusal.code, severity, evidence: { message: refusal.message, ...evidence }, advice: refusal.message };
}
