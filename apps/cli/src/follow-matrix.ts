import { routes, trialProgressSchema, type MatrixDocument, type TrialSummary } from '@octet/protocol';
import type { ControllerClient } from './controller-client.js';
import { note } from './output.js';

const pollMs = 1000;

/** Waits until nothing of a matrix is queued, running or waiting; tells the progress on stderr. Answers its last state. */
export async function followMatrix(
  client: ControllerClient,
  id: string,
  signal?: AbortSignal,
): Promise<MatrixDocument> {
  const told = new Map<string, string>();
  for (;;) {
    const document = await client.get<MatrixDocument>(routes.matrix(id));
    for (const trial of document.trials) tellTrial(trial, told);
    if (document.matrix.state !== 'running' || signal?.aborted) return document;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** One line for each change: of state, of phase, and of every look at the rounds. */
function tellTrial(trial: TrialSummary, told: Map<string, string>): void {
  const line = trialLine(trial);
  if (line === null || told.get(trial.id) === line) return;
  told.set(trial.id, line);
  note(line);
}

function trialLine(trial: TrialSummary): string | null {
  const name = `${trial.model.name} batch ${trial.batch} on ${trial.deviceClass}`;
  if (trial.state === 'failed') return `${name}: failed: ${trial.error?.message ?? 'no reason given'}`;
  if (trial.state === 'done' || trial.state === 'cancelled') return `${name}: ${trial.state}`;
  if (trial.state === 'queued') return null;
  const progress = trialProgressSchema.safeParse(trial.progress);
  if (!progress.success) return `${name}: assigned`;
  return `${name}: ${progressText(progress.data)}`;
}

export function progressText(progress: ReturnType<typeof trialProgressSchema.parse>): string {
  const { interval, rounds, secondsLeft } = progress;
  const parts = [progress.message === '' ? progress.phase : progress.message];
  if (rounds > 0) parts.push(`round ${rounds}`);
  if (interval !== null)
    parts.push(`${interval.median.toFixed(3)}x [${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`);
  if (secondsLeft !== null) parts.push(`${Math.ceil(secondsLeft)} s left`);
  return parts.join(', ');
}
