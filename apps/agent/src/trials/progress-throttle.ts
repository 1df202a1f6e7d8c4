import type { TrialProgress } from '@octet/protocol';

/**
 * Lets a new phase through at once, else one message in `intervalMs`; the last one held back is sent when its time comes.
 */
export function throttleProgress(send: (progress: TrialProgress) => void, intervalMs = 500) {
  let sentMs = Number.NEGATIVE_INFINITY;
  let phase: string | null = null;
  let held: TrialProgress | null = null;
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (held === null) return;
    const progress = held;
    held = null;
    sentMs = performance.now();
    phase = progress.phase;
    send(progress);
  };
  return {
    push(progress: TrialProgress): void {
      held = progress;
      const waitMs = sentMs + intervalMs - performance.now();
      if (progress.phase !== phase || waitMs <= 0) flush();
      else timer ??= setTimeout(flush, waitMs);
    },
    /** Nothing more is sent. */
    stop(): void {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      held = null;
    },
  };
}
