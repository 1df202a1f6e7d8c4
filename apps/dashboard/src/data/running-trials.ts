import { routes, type LiveEvent, type TrialProgress, type TrialSummary } from '@octet/protocol';
import { useCallback, useMemo, useState } from 'react';
import { useLiveEvents } from './live.js';
import { progressOf } from './trial-progress.js';
import { useDocument } from './use-document.js';

export interface RunningTrial {
  model: string;
  batch: number;
  progress: TrialProgress | null;
}

const moved = (event: LiveEvent) => event.type === 'trial.state';

/** Trials that agents work on, by id, with their newest progress; null until it is known. */
export function useRunningTrials(): ReadonlyMap<string, RunningTrial> | null {
  const loaded = useDocument<{ trials: TrialSummary[] }>(`${routes.trials}?state=assigned&limit=1000`, moved);
  const [live, setLive] = useState<ReadonlyMap<string, TrialProgress>>(new Map());
  const listener = useCallback((event: LiveEvent) => {
    if (event.type === 'trial.progress') setLive((current) => new Map(current).set(event.trialId, event.progress));
  }, []);
  useLiveEvents(listener);
  return useMemo(() => {
    if (loaded.document === null) return null;
    const running = loaded.document.trials.map(({ id, model, batch, progress }): [string, RunningTrial] => [
      id,
      { model: model.name, batch, progress: live.get(id) ?? progressOf(progress) },
    ]);
    return new Map(running);
  }, [loaded.document, live]);
}
