import type { TrialProgress } from '@octet/protocol';
import { progressText } from './follow-matrix.js';

/** Progress on stderr: one line that is written over on a terminal, a line for each change of phase elsewhere. */
export function progressLine(): { tell: (progress: TrialProgress) => void; end: () => void } {
  const terminal = process.stderr.isTTY;
  let phase: string | null = null;
  let written = false;
  return {
    tell: (progress) => {
      if (terminal) {
        process.stderr.write(`\r\u001b[K${progressText(progress).slice(0, (process.stderr.columns ?? 80) - 1)}`);
        written = true;
      } else if (progress.phase !== phase) process.stderr.write(`${progressText(progress)}\n`);
      phase = progress.phase;
    },
    end: () => {
      if (written) process.stderr.write('\r\u001b[K');
    },
  };
}
