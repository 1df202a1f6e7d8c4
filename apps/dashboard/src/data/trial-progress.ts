import { trialProgressSchema, type TrialProgress } from '@octet/protocol';
import { formatSpeedup } from '../format.js';

/** The last progress kept with a trial, if it reads as one. */
export function progressOf(stored: Record<string, unknown> | null): TrialProgress | null {
  const parsed = trialProgressSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}

export function progressText(progress: TrialProgress): string {
  const parts = [progress.message];
  if (progress.rounds > 0 && !progress.message.startsWith('round')) parts.push(`round ${progress.rounds}`);
  if (progress.interval !== null) parts.push(`so far ${formatSpeedup(progress.interval)}`);
  if (progress.secondsLeft !== null) parts.push(`${Math.ceil(progress.secondsLeft)} s left at most`);
  return parts.join(' · ');
}
